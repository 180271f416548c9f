import { randomBytes } from 'node:crypto';
import { toLabelValue, type Estate } from '../estate/estate.ts';
import { label, ownLabels } from '../estate/labels.ts';
import { formatImageRef } from '../image/reference.ts';
import type { RunPlan } from '../plan.ts';
import type { RunSpec } from '../spec.ts';
import type { ResolvedImage } from './ensure-image.ts';
import { runName, specHash } from './spec-hash.ts';

/** Grace of `stop` in whole seconds where the spec says nothing. */
const defaultGraceSeconds = 10;

/** What a spec means, with every field present; a plan of its own for every call. */
export function resolvePlan(spec: RunSpec, resolved: ResolvedImage, estate: Estate): RunPlan {
  const { image, config, mounted } = resolved;
  const { runId } = spec;
  const idempotentName = runId === undefined ? undefined : runName(estate.owner, runId);
  return {
    name: spec.name ?? idempotentName ?? `f-${randomBytes(16).toString('hex')}`,
    image,
    imageConfig: config,
    mounted,
    labels: { ...spec.labels, ...planLabels(spec, resolved, estate) },
    command: spec.command,
    entrypoint: spec.entrypoint,
    env: spec.env ?? {},
    workdir: spec.workdir,
    user: spec.user,
    mounts: spec.mounts ?? [],
    files: (spec.files ?? []).map((file) => ({
      target: file.target,
      content: typeof file.content === 'string' ? new TextEncoder().encode(file.content) : file.content,
      mode: file.mode ?? 0o644,
    })),
    network: spec.network ?? { mode: 'none' },
    resources: spec.resources ?? {},
    readOnlyRootfs: spec.readOnlyRootfs ?? false,
    stopSignal: spec.stopSignal ?? config?.stopSignal,
    stopGraceSeconds: spec.stopGraceSeconds ?? defaultGraceSeconds,
    autoRemove: spec.autoRemove ?? false,
  };
}

function planLabels(
  spec: RunSpec,
  { image, mounted }: ResolvedImage,
  estate: Estate,
): Readonly<Record<string, string>> {
  const call = randomBytes(16).toString('hex');
  return {
    ...ownLabels(estate),
    [label.call]: call,
    ...(mounted === undefined ? {} : { [label.mount]: call }),
    [label.reference]: typeof spec.image === 'string' ? spec.image : formatImageRef(spec.image),
    [label.specHash]: specHash(spec, image),
    ...(spec.runId === undefined ? {} : { [label.runId]: toLabelValue(spec.runId) }),
    ...(spec.autoRemove === true ? { [label.autoRemove]: 'true' } : {}),
  };
}
