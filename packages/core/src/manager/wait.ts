import type { BackendContainer } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import type { ExitStatus } from '../container.ts';
import { FairleadError } from '../errors.ts';
import { openScope, sleep } from './call-scope.ts';
import { containerNotFound, find, look, type ManagerContext } from './context.ts';
import { whileAway } from './while-away.ts';

/** Longest time in milliseconds without a look of one's own: an engine's wait may never answer (C32, L20). */
const lookEveryMs = 10_000;

/** A container to wait for. */
export interface Awaited {
  readonly id: string;
  /** True where it is known to have existed: if it is gone, it is `lost` and not unknown. */
  readonly known: boolean;
}

/** Waits for the container of this id or name. @throws FairleadError `CONTAINER_NOT_FOUND` */
export async function waitFor(context: ManagerContext, idOrName: string, call: BackendCall): Promise<ExitStatus> {
  const gone = context.ends.of(idOrName);
  const id = gone === undefined ? (await find(context, idOrName, call)).id : idOrName;
  return waitForEnd(context, { id, known: true }, call);
}

/** Waits until a container has ended; the code comes from inspect, never from the engine's wait (C29–C40, L19–L23). */
export async function waitForEnd(
  context: ManagerContext,
  { id, known }: Awaited,
  call: BackendCall,
): Promise<ExitStatus> {
  let seen = known;
  for (let round = 0; ; round += 1) {
    const found = await whileAway(() => lookSurely(context, id, call), call);
    if (found === undefined) return goneExit(context, id, seen);
    seen = true;
    const { state } = found;
    if (state.phase === 'exited') return context.ends.remember(id, state.exit);
    if (state.phase === 'lost') return context.ends.remember(id, { attempt: state.attempt, reason: 'lost' });
    if (state.phase === 'created') await sleep(Math.min(50 * (round + 1), 500), call.signal);
    else await waitOnce(context, { id, round }, call);
  }
}

/** A look that tells where the container is, or rejects. */
async function lookSurely(
  context: ManagerContext,
  id: string,
  call: BackendCall,
): Promise<BackendContainer | undefined> {
  const found = await look(context, id, call);
  if (found?.state.phase === 'unknown') throw found.state.error;
  return found;
}

/** One wait of the engine, cut by the clock; whatever it tells or fails with is no answer: the next look is. */
async function waitOnce(
  context: ManagerContext,
  { id, round }: { readonly id: string; readonly round: number },
  call: BackendCall,
): Promise<void> {
  // An engine that says "ended" while inspect still says "running" is asked again, not at once (C14).
  if (round > 0) await sleep(Math.min(10 * round, 500), call.signal);
  using scope = openScope({ signal: call.signal }, 'wait');
  const clock = setTimeout(() => scope.abort(new Error('time to look')), lookEveryMs);
  try {
    await context.backend.wait(id, { signal: scope.signal });
  } catch (error) {
    call.signal.throwIfAborted();
    if (!scope.signal.aborted && !FairleadError.is(error)) throw error;
  } finally {
    clearTimeout(clock);
  }
}

function goneExit(context: ManagerContext, id: string, seen: boolean): ExitStatus {
  const told = context.ends.of(id);
  if (told !== undefined) return told;
  if (!seen) throw containerNotFound(context, id);
  return { attempt: 1, reason: 'lost' };
}
