import { setImmediate } from 'node:timers/promises';

/** Longest time without a turn of the event loop, in milliseconds. */
const turnMs = 10;

/**
 * Gives a function that, called often, lets timers and sockets have their turn in time: work that waits only for
 * promises would keep them out. It rejects with the signal's reason once that fires.
 */
export function eventLoopTurns(signal: AbortSignal): () => Promise<void> {
  let turned = performance.now();
  return async () => {
    signal.throwIfAborted();
    if (performance.now() - turned < turnMs) return;
    await setImmediate();
    turned = performance.now();
  };
}
