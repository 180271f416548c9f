import type { BackendCall } from '@fairlead/core/backend';
import { sleep } from '@fairlead/core/backend';

/** Longest time in milliseconds that a change goes on after its caller has left: stop's longest grace is a day. */
const longestMs = 25 * 60 * 60 * 1000;
/** How long a change that failed is tried again, in milliseconds. */
const patienceMs = 20_000;

/**
 * Runs a change that a cancelled caller must not cut in two: the waiting ends with the signal, the change goes on to
 * its end.
 */
export async function settled<T>(call: BackendCall, change: (own: BackendCall) => Promise<T>): Promise<T> {
  call.signal.throwIfAborted();
  const left = Promise.withResolvers<never>();
  const leave = (): void => left.reject(call.signal.reason);
  call.signal.addEventListener('abort', leave, { once: true });
  const going = change({ signal: AbortSignal.timeout(longestMs) });
  try {
    return await Promise.race([going, left.promise]);
  } finally {
    call.signal.removeEventListener('abort', leave);
    // Nobody listens to a change whose caller has left.
    going.catch(() => undefined);
  }
}

/** Repeats a change until it tells no error, because "already in progress" means to wait; then throws its last one. */
export async function settle(
  call: BackendCall,
  change: (own: BackendCall) => Promise<Error | undefined>,
): Promise<void> {
  const until = Date.now() + patienceMs;
  for (let pause = 50; ; pause = Math.min(pause * 2, 2_000)) {
    const error = await settled(call, change);
    if (error === undefined) return;
    if (Date.now() > until) throw error;
    await sleep(pause, call.signal);
  }
}
