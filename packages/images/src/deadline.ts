import { FairleadError, type Call } from '@fairlead/core';

/** A signal that fires when the caller cancels or the call has lasted too long. Dispose it when the call ends. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Stops the clock; the caller's own signal still counts. */
  stopClock(): void;
}

/** The signal of a call; its reason is the caller's own, or a `TIMEOUT` that names the operation. */
export function deadline({ signal, timeoutMs }: Call, operation: string): Deadline {
  const controller = new AbortController();
  const forward = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) forward();
  signal?.addEventListener('abort', forward, { once: true });
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
  function expire(): void {
    const message = `took longer than ${timeoutMs} ms`;
    controller.abort(new FairleadError({ code: 'TIMEOUT', operation, message, retryable: 'yes' }));
  }
  return {
    signal: controller.signal,
    stopClock: () => clearTimeout(timer),
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', forward);
    },
  };
}
