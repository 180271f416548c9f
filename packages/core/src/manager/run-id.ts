import type { BackendContainer } from '../backend/backend.ts';
import { FairleadError } from '../errors.ts';
import { label } from '../estate/labels.ts';
import { orAborted, sleep } from './call-scope.ts';
import { look, type ManagerContext } from './context.ts';
import type { Checked, Created } from './create.ts';
import type { EnsureCall } from './ensure-call.ts';
import { keepWhileAlive } from './kept.ts';
import { makerOf } from './maker.ts';
import { isOwned } from './ownership.ts';
import { removeFound, type Removable } from './remove.ts';

/** How long a container that another session made may stay unstarted, in milliseconds. */
const patienceMs = 30_000;
/** How often a container that others made may vanish again before this gives up. */
const mostAttempts = 20;

/** A container that was asked for. */
export interface Made extends Removable {
  /** Undefined for one that was there already. */
  readonly created: Created | undefined;
}

/** A run that is to be there once, whoever asks and how often. */
export interface Idempotent {
  readonly checked: Checked;
  /** Whether it is to be started, or only created. */
  readonly mustStart: boolean;
  create(): Promise<Created>;
}

/**
 * Makes a container once per runId: whoever asks again with the same spec gets the one that is there, also if it
 * has ended. Without a runId it just makes one. @throws FairleadError `CONFLICT`
 */
export async function idempotently(context: ManagerContext, run: Idempotent, call: EnsureCall): Promise<Made> {
  const { spec, plan } = run.checked;
  if (spec.runId === undefined) return toMade(await run.create());
  const { underway } = context;
  // One after the other within this manager: the first to come makes it, the others find it.
  for (let other = underway.get(plan.name); other !== undefined; other = underway.get(plan.name)) {
    await orAborted(other, call.signal);
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  underway.set(plan.name, promise);
  try {
    return await findOrMake(context, run, call);
  } finally {
    underway.delete(plan.name);
    resolve();
  }
}

async function findOrMake(context: ManagerContext, run: Idempotent, call: EnsureCall): Promise<Made> {
  for (let attempt = 1; ; attempt += 1) {
    const existing = await existingRun(context, run, call);
    if (existing !== undefined) {
      if (makerOf(context, existing) !== 'own') {
        await keepWhileAlive(context.estate, { id: existing.id, engineId: run.checked.probe.engineId });
      }
      return { id: existing.id, name: existing.name, labels: existing.labels, created: undefined };
    }
    try {
      return toMade(await run.create());
    } catch (error) {
      // Another process was faster: its container is the one.
      if (!FairleadError.is(error, 'CONFLICT') || attempt === mostAttempts) throw error;
      // An engine reserves the name before it shows the container.
      await sleep(Math.min(50 * (attempt + 1), 500), call.signal);
    }
  }
}

async function existingRun(
  context: ManagerContext,
  { checked: { plan }, mustStart }: Idempotent,
  call: EnsureCall,
): Promise<BackendContainer | undefined> {
  for (const until = Date.now() + patienceMs; ; await sleep(200, call.signal)) {
    const id = await context.backend.resolve(plan.name, call);
    const found = id === undefined ? undefined : await look(context, id, call);
    if (found === undefined) return undefined;
    requireSameRun(context, found, plan.labels[label.specHash]);
    if (isThere(found, mustStart)) return found;
    const maker = makerOf(context, found);
    if (maker === 'dead') {
      // Its maker died before the start: nothing has run, so it can be made again.
      await removeFound(context, found, call);
      return undefined;
    }
    if (maker === 'own' && found.state.phase === 'created') {
      await context.backend.start(found.id, call);
      return found;
    }
    if (Date.now() > until) throw neverStarted(context, found);
  }
}

function isThere({ state }: BackendContainer, mustStart: boolean): boolean {
  if (state.phase === 'unknown') throw state.error;
  return state.phase !== 'removing' && (state.phase !== 'created' || !mustStart);
}

function toMade(created: Created): Made {
  return { id: created.id, name: created.name, labels: created.labels, created };
}

function requireSameRun(context: ManagerContext, found: BackendContainer, specHash: string | undefined): void {
  if (isOwned(context, found.labels) && found.labels[label.specHash] === specHash) return;
  throw new FairleadError({
    code: 'CONFLICT',
    backend: context.name,
    message: `the runId is taken by container ${found.name}, which was made from another spec`,
    hint: 'Use another runId for another spec, or remove that container.',
    details: { container: found.id },
  });
}

function neverStarted(context: ManagerContext, found: BackendContainer): FairleadError {
  return new FairleadError({
    code: 'CONFLICT',
    backend: context.name,
    message: `container ${found.name} of this runId was created by a session that may still live, and is not started`,
    retryable: 'yes',
    hint: 'Ask again later, or remove the container if its maker is gone.',
    details: { container: found.id },
  });
}
