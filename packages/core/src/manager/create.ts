import type { BackendContainer } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import { label } from '../estate/labels.ts';
import type { CreatePlan, RunPlan } from '../plan.ts';
import type { UsableProbe } from '../probe.ts';
import type { RunSpec } from '../spec.ts';
import { parseSpec } from '../spec-schema.ts';
import { inOwnTime, sleep } from './call-scope.ts';
import { look, type ManagerContext } from './context.ts';
import type { EnsureCall } from './ensure-call.ts';
import { ensureImage, resolveImage, runnableFormats, withMount } from './ensure-image.ts';
import { refusals, requireSupported } from './guard.ts';
import { checkSources, prepareHostFiles, type HostFiles } from './host-files.ts';
import { resolvePlan } from './resolve-plan.ts';
import { rollbackFailed, undoContainer, type Removable } from './remove.ts';
import { whileAway } from './while-away.ts';

/** How long a create that was cancelled may still take to answer, in milliseconds, before its connection is cut. */
const answerMs = 5_000;
/** Time in milliseconds in which a container must be found whose create gave no answer. */
const searchMs = 30_000;

/** A spec that has been checked against the engine; nothing has happened yet. */
export interface Checked {
  readonly spec: RunSpec;
  readonly plan: RunPlan;
  readonly probe: UsableProbe;
}

/** A container that this call made. */
export interface Created extends Removable {
  /** To be asked when it runs. @throws FairleadError `CORRUPT_IMAGE` if it may run another file than was verified */
  checkImage(): Promise<void>;
  /** Takes back all that the call made, whatever became of its signal. @throws FairleadError `ROLLBACK_FAILED` */
  undo(why: unknown): Promise<void>;
}

/**
 * Validates, resolves and guards; no effect.
 * @throws FairleadError `INVALID_SPEC`, `INVALID_IMAGE`, `UNSUPPORTED`, `UNAVAILABLE`, `MOUNT_SOURCE_MISSING`
 */
export async function checkSpec(context: ManagerContext, input: RunSpec, call: BackendCall): Promise<Checked> {
  const spec = parseSpec(input);
  const resolved = await resolveImage(context, spec.image, call);
  const probe = await context.probes.usable(call);
  const plan = resolvePlan(spec, await withMount(context, resolved, call), context.estate);
  const formats = runnableFormats(context);
  requireSupported(context.name, refusals(context, { spec, plan, probe, formats }));
  if (probe.sharesHostFiles) await checkSources(context.name, plan.mounts);
  return { spec, plan, probe };
}

/** Makes the image ready and creates. Whatever fails, nothing is left. */
export async function createChecked(context: ManagerContext, checked: Checked, call: EnsureCall): Promise<Created> {
  const { ensured, checkUnchanged } = await ensureImage(context, checked.plan, call);
  call.signal.throwIfAborted();
  const host = await prepareHostFiles(context, checked);
  try {
    call.onProgress({ phase: 'creating', message: host.plan.name });
    const digest = ensured.digest === undefined ? {} : { [label.imageDigest]: ensured.digest };
    const plan = { ...host.plan, labels: { ...host.plan.labels, ...digest }, ensured };
    const { name, labels } = plan;
    return created(context, host, {
      id: await createOnce(context, plan, call),
      name,
      labels,
      checkImage: checkUnchanged,
    });
  } catch (error) {
    // What could not be removed may still have the private copies mounted.
    if (!FairleadError.is(error, 'ROLLBACK_FAILED')) await host.undo();
    throw error;
  }
}

function created(context: ManagerContext, host: HostFiles, container: Omit<Created, 'undo'>): Created {
  return {
    ...container,
    undo: async (why) => {
      await undoContainer(context, container, why);
      await host.undo();
    },
  };
}

/** A create that is cut off may still come true in the engine: a cancelled one is awaited for a while, then cut. */
async function createOnce(context: ManagerContext, plan: CreatePlan, call: EnsureCall): Promise<string> {
  call.signal.throwIfAborted();
  const cut = new AbortController();
  let clock: NodeJS.Timeout | undefined;
  const cutLater = (): void => {
    clock = setTimeout(() => cut.abort(call.signal.reason), answerMs);
  };
  call.signal.addEventListener('abort', cutLater, { once: true });
  const id = await context.backend
    .create(plan, { signal: cut.signal })
    .catch(async (error: unknown) => {
      await undoUnanswered(context, plan, { why: error, cut: cut.signal.aborted });
      throw error;
    })
    .finally(() => {
      clearTimeout(clock);
      call.signal.removeEventListener('abort', cutLater);
    });
  if (!call.signal.aborted) return id;
  await undoContainer(context, { id, name: plan.name, labels: plan.labels }, call.signal.reason);
  throw call.signal.reason;
}

/** Finds out whether a create that failed has made a container all the same, and removes that. */
async function undoUnanswered(
  context: ManagerContext,
  plan: RunPlan,
  { why, cut }: { readonly why: unknown; readonly cut: boolean },
): Promise<void> {
  if (FairleadError.is(why, 'UNAVAILABLE')) return;
  const pauses = cut || FairleadError.is(why, 'CONNECTION_LOST') ? [500, 1_000, 2_000] : [0];
  const made = await inOwnTime(searchMs, (call) => findMade(context, { plan, pauses }, call)).catch(
    (cause: unknown) => {
      throw rollbackFailed(context, { left: `perhaps container ${plan.name}`, id: plan.name, why, cause });
    },
  );
  if (made !== undefined) await undoContainer(context, made, why);
}

/** The container of this plan's name, if this very call made it. */
async function findMade(
  context: ManagerContext,
  { plan, pauses }: { readonly plan: RunPlan; readonly pauses: readonly number[] },
  call: BackendCall,
): Promise<BackendContainer | undefined> {
  for (const pause of pauses) {
    // Cut off, the engine may still be at it: it gets a little time to finish what is to be undone.
    await sleep(pause, call.signal);
    const id = await whileAway(() => context.backend.resolve(plan.name, call), call);
    const found = id === undefined ? undefined : await whileAway(() => look(context, id, call), call);
    if (found !== undefined) return found.labels[label.call] === plan.labels[label.call] ? found : undefined;
  }
  return undefined;
}
