import { label } from '../estate/labels.ts';
import { inOwnTime, orAborted, sleep } from './call-scope.ts';
import { look, type ManagerContext } from './context.ts';
import { removeInOwnTime, type Removable } from './remove.ts';
import { waitForEnd } from './wait.ts';

/** Rest in milliseconds after the end, so that a reader who comes right after `run` finds the output. */
const graceMs = 1_000;
/** Pause in milliseconds before asking an engine again that has been away for long. */
const retryMs = 10_000;
/** How long the last look may take when the manager closes, in milliseconds. */
const lastLookMs = 5_000;

/**
 * Removes a container that wants it after its end, once its logs are no longer read. Not left to the engine: what an
 * engine removes takes its exit code and its output along (C36–C38). If this process dies first, `reap` does it.
 */
export function autoRemoveIfWanted(context: ManagerContext, container: Removable): void {
  if (container.labels[label.autoRemove] === 'true') removeLater(context, container);
}

/** Removes a container after its end in the background, also where the engine is away now. */
export function removeLater(context: ManagerContext, container: Removable): void {
  const { id } = container;
  if (context.removals.has(id)) return;
  // Nobody waits for this; what it could not do, the next reap does.
  const work = removeAtEnd(context, container)
    .catch(() => undefined)
    .finally(() => context.removals.delete(id));
  context.removals.set(id, work);
}

async function removeAtEnd(context: ManagerContext, container: Removable): Promise<void> {
  const { id } = container;
  const { signal } = context.closing;
  if (!(await hasEnded(context, id))) return;
  await orAborted(
    sleep(graceMs, signal).then(() => context.readers.idle(id)),
    signal,
  ).catch(() => undefined);
  await removeInOwnTime(context, container);
}

/** True once it has ended; false if the manager closes before. */
async function hasEnded(context: ManagerContext, id: string): Promise<boolean> {
  const { signal } = context.closing;
  while (!signal.aborted) {
    const ended = await waitForEnd(context, { id, known: true }, { signal }).catch(() => undefined);
    if (ended !== undefined) return true;
    await sleep(retryMs, signal).catch(() => undefined);
  }
  // What has ended by now is still removed.
  const found = await inOwnTime(lastLookMs, (call) => look(context, id, call));
  return found === undefined || found.state.phase === 'exited';
}
