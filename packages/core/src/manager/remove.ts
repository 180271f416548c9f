import type { BackendContainer } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import { inOwnTime } from './call-scope.ts';
import { seek, type ManagerContext } from './context.ts';
import { forgetKept } from './kept.ts';
import { requireOwned } from './ownership.ts';
import { removeCopies } from './private-copies.ts';
import { whileAway } from './while-away.ts';

/** Time that the removal of a failed or disposed container may take, in milliseconds. */
const removalMs = 30_000;

/** A container that this library made, as far as its removal needs to know it. */
export interface Removable {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Kills and removes with all that belongs to the container; resolves if it is gone. @throws FairleadError `NOT_OWNED` */
export async function removeContainer(
  context: ManagerContext,
  { idOrName, foreign }: { readonly idOrName: string; readonly foreign: boolean | undefined },
  call: BackendCall,
): Promise<void> {
  const found = await seek(context, idOrName, call);
  if (found === undefined) return;
  requireOwned(context, { what: `container ${found.name}`, labels: found.labels, foreign });
  noteEnd(context, found);
  await removeFound(context, found, call);
}

/** Removes a container whose owner has been looked at. */
export async function removeFound(context: ManagerContext, found: Removable, call: BackendCall): Promise<void> {
  await context.backend.remove(found.id, call);
  await forget(context, found);
}

/** Removes what this host keeps for a container that is gone. */
export async function forget({ estate }: ManagerContext, { id, labels }: Omit<Removable, 'name'>): Promise<void> {
  await removeCopies(estate, labels);
  await forgetKept(estate, id);
}

/** Kills and removes under a clock of its own; what asked for it may have been cancelled. */
export async function removeInOwnTime(context: ManagerContext, found: Removable): Promise<void> {
  context.ends.ask(found.id);
  await inOwnTime(removalMs, (call) => whileAway(() => removeFound(context, found, call), call));
}

/** Removes what a failed or cancelled call made. @throws FairleadError `ROLLBACK_FAILED` */
export async function undoContainer(context: ManagerContext, found: Removable, why: unknown): Promise<void> {
  try {
    await removeInOwnTime(context, found);
  } catch (cause) {
    throw rollbackFailed(context, { left: `container ${found.name}`, id: found.id, why, cause });
  }
}

/** The error for something that a failed call made and that could not be removed, or not be looked for. */
export function rollbackFailed(
  context: ManagerContext,
  {
    left,
    id,
    why,
    cause,
  }: { readonly left: string; readonly id: string; readonly why: unknown; readonly cause: unknown },
): FairleadError<'ROLLBACK_FAILED'> {
  const failed = FairleadError.is(why) ? why.code : why instanceof Error ? why.name : 'cancelled';
  return new FairleadError({
    code: 'ROLLBACK_FAILED',
    backend: context.name,
    message: `a call ended early (${failed}) and could not be undone; left: ${left}`,
    hint: 'Remove it with the engine, or call reap() once this process has ended.',
    details: { left: [id], failed },
    cause: new AggregateError([why, cause], 'the call failed, and so did undoing it'),
  });
}

/** Remembers how it ended, or that this process ended it, for whoever waits for it. */
function noteEnd(context: ManagerContext, { id, state }: BackendContainer): void {
  if (state.phase === 'exited') context.ends.remember(id, state.exit);
  else context.ends.ask(id);
}
