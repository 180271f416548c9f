import { FairleadError } from '@fairlead/core';
import type { BackendCall } from '@fairlead/core/backend';

/** Longest time in milliseconds that the engine may take for one answer. */
const answerMs = 20_000;

/**
 * Asks the engine something, with an end of its own: what `ask` starts must end with the signal that it gets.
 * @throws FairleadError `UNAVAILABLE` when no answer came
 */
export async function answerInTime<T>(
  what: string,
  ask: (call: BackendCall) => Promise<T>,
  call: BackendCall,
): Promise<T> {
  const clock = AbortSignal.timeout(answerMs);
  try {
    return await ask({ signal: AbortSignal.any([call.signal, clock]) });
  } catch (error) {
    call.signal.throwIfAborted();
    if (!clock.aborted) throw error;
    throw new FairleadError({
      code: 'UNAVAILABLE',
      message: `${what} did not answer within ${answerMs / 1000} s`,
      hint: 'Run it by hand; a mount that the engine looks at, such as the home folder, may hang.',
    });
  }
}
