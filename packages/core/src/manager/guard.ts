import { FairleadError } from '../errors.ts';
import type { ImageFormat } from '../image/image.ts';
import type { RunPlan } from '../plan.ts';
import type { UsableProbe } from '../probe.ts';
import type { RunSpec } from '../spec.ts';
import type { Refusal, SupportKey, Supports } from '../support.ts';
import { usedLeaves } from '../used-leaves.ts';
import type { ManagerContext } from './context.ts';
import { refuseMount } from './mount-image.ts';

/** What of these keys an engine declares unsupported. */
export function undeclared(keys: readonly SupportKey[], supports: Supports): readonly Refusal[] {
  return keys.flatMap((key) => {
    const support = supports[key];
    return support.kind === 'unsupported' ? [{ key, reason: support.reason, hint: support.hint }] : [];
  });
}

/** What is guarded: a spec, what it means, and the engine that is to honour it. */
export interface Guarded {
  readonly spec: RunSpec;
  readonly plan: RunPlan;
  readonly probe: UsableProbe;
  readonly formats: readonly ImageFormat[];
}

/** Everything that stands between this plan and this engine; empty if it can be tried. */
export function refusals(context: ManagerContext, { spec, plan, probe, formats }: Guarded): readonly Refusal[] {
  const { format } = plan.image;
  const image: readonly Refusal[] = formats.includes(format)
    ? []
    : [{ key: 'image', reason: wrongFormat(format, formats) }];
  return [
    ...image,
    ...refuseMount(context, plan.image, probe),
    ...undeclared(usedLeaves(spec), probe.supports),
    ...context.backend.refuse(plan, probe),
    ...unreachableHost(context, plan, probe),
  ];
}

/** Refuses before any effect, with every reason at once. @throws FairleadError `UNSUPPORTED` */
export function requireSupported(backend: string, refused: readonly Refusal[]): void {
  if (refused.length > 0) throw unsupportedError(backend, refused);
}

/** The error for what an engine cannot honour, a line for each. */
export function unsupportedError(backend: string, refused: readonly Refusal[]): FairleadError<'UNSUPPORTED'> {
  const lines = refused.map(({ key, reason, hint }) => `  ${key}: ${reason}${hint === undefined ? '' : `; ${hint}`}`);
  return new FairleadError({
    code: 'UNSUPPORTED',
    backend,
    message: `this cannot be honoured here:\n${lines.join('\n')}`,
    hint: 'select() finds an engine that honours all that is asked for.',
    details: { refusals: refused },
  });
}

/** Why an image of this format is refused. */
export function wrongFormat(format: ImageFormat, runs: readonly ImageFormat[]): string {
  return `images of format ${format} cannot be run; it takes ${runs.join(', ')}`;
}

/** What the library itself would do on the engine's host, where that is not this host. */
function unreachableHost(context: ManagerContext, plan: RunPlan, probe: UsableProbe): readonly Refusal[] {
  if (probe.sharesHostFiles) return [];
  const refused: Refusal[] = [];
  if (bindsFiles(context, plan)) {
    const reason = 'with a read-only root, files are bound from this host, and the engine does not share its files';
    refused.push({ key: 'files', reason, hint: 'leave out readOnlyRootfs' });
  }
  if (plan.mounts.some((mount) => mount.type === 'bind' && mount.missing === 'create')) {
    const reason = "missing: 'create' makes folders on this host, and the engine does not share its files";
    refused.push({ key: 'mounts.bind', reason, hint: "make the folder on the engine's host" });
  }
  return refused;
}

/** Whether a plan's files become binds of private copies instead of being copied in: a mounted root is there from the start on only. */
export function bindsFiles(context: ManagerContext, plan: RunPlan): boolean {
  const bound = plan.readOnlyRootfs || plan.mounted !== undefined || context.backend.filesByBind === true;
  return plan.files.length > 0 && bound;
}
