import { posix } from 'node:path';
import { labelPrefix, type CreatePlan } from '@fairlead/core/backend';
import { failure } from '../errors.ts';

/** A plan that says itself what podman would else read from an image. */
export interface ExplicitPlan {
  readonly plan: CreatePlan;
  /** Where the image declares volumes of its own: they are anonymous, and go with the container. */
  readonly volumes: readonly string[];
}

/**
 * Podman knows nothing of an image whose file system it is given: what a container over the converted image would get
 * from its configuration is put into the plan. Pure. @throws FairleadError `INVALID_SPEC` if there is nothing to run
 */
export function explicitPlan(plan: CreatePlan): ExplicitPlan {
  const { imageConfig: { user = '', workdir = '', volumes = [] } = {} } = plan;
  const targets = new Set(plan.mounts.map(({ target }) => asFolder(target)));
  return {
    plan: {
      ...plan,
      env: explicitEnvironment(plan),
      labels: explicitLabels(plan),
      entrypoint: undefined,
      command: explicitCommand(plan),
      workdir: plan.workdir ?? (workdir === '' ? undefined : asFolder(workdir)),
      user: plan.user ?? (user === '' ? undefined : user),
    },
    volumes: [...new Set(volumes.map(asFolder))].filter((volume) => !targets.has(volume)),
  };
}

/** The image's variables and the plan's, and the one that podman gives to images alone. */
export function explicitEnvironment({
  env,
  imageConfig,
}: Pick<CreatePlan, 'env' | 'imageConfig'>): Readonly<Record<string, string>> {
  return { container: 'podman', ...imageConfig?.env, ...env };
}

/** An image's labels cannot say whose its container is. */
function explicitLabels({ labels, imageConfig }: CreatePlan): Readonly<Record<string, string>> {
  const own = Object.entries(imageConfig?.labels ?? {}).filter(([key]) => !key.startsWith(labelPrefix));
  return { ...Object.fromEntries(own), ...labels };
}

/** Undefined where nobody says what to run: podman refuses that as it does for an image that says nothing. */
function explicitCommand({ entrypoint, command, imageConfig = {} }: CreatePlan): readonly string[] | undefined {
  const program = entrypoint ?? imageConfig.entrypoint ?? [];
  const rest = command ?? (entrypoint === undefined ? (imageConfig.command ?? []) : []);
  const whole = [...program, ...rest];
  if (whole.length > 0) return whole;
  if (entrypoint === undefined && command !== undefined) throw nothingToRun();
  return undefined;
}

/** The error for an empty command over an image without an entrypoint. */
export function nothingToRun(): Error {
  return failure({
    code: 'INVALID_SPEC',
    operation: 'create',
    message: 'there is nothing to run: the command is empty, and the image has no entrypoint',
    hint: "Give a command, or leave it out to run the image's own.",
  });
}

function asFolder(path: string): string {
  const normal = posix.normalize(`/${path}`);
  return normal === '/' ? normal : normal.replace(/\/$/, '');
}
