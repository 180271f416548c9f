import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import { sleep } from './call-scope.ts';

/** How long an engine may be away, in milliseconds, before a read gives up: a restart of one took 7.4 s (L27). */
const awayMs = 15_000;

/** Runs a read again while the engine is away, for at most 15 s (L24–L28). */
export async function whileAway<T>(read: () => Promise<T>, call: BackendCall): Promise<T> {
  let until: number | undefined;
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    try {
      return await read();
    } catch (error) {
      call.signal.throwIfAborted();
      until ??= Date.now() + awayMs;
      if (!isAway(error) || Date.now() > until) throw error;
      await sleep(pause, call.signal);
    }
  }
}

/** Whether an error means that the engine does not answer now, and may again. */
export function isAway(error: unknown): boolean {
  return FairleadError.is(error, 'CONNECTION_LOST') || FairleadError.is(error, 'UNAVAILABLE');
}
