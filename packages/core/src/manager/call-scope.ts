import type { BackendCall } from '../backend/backend-call.ts';
import type { Call } from '../call.ts';
import { FairleadError } from '../errors.ts';

/** What timers can hold, in milliseconds; more would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * Runs one call under its signal and its time limit. A cancelled call rejects with the signal's reason, whatever
 * the backend made of it; one that lasted too long rejects with `TIMEOUT`. Only a failure to undo is told instead.
 */
export async function inCall<T>(
  options: Call | undefined,
  operation: string,
  work: (call: BackendCall) => Promise<T>,
): Promise<T> {
  using scope = openScope(options, operation);
  scope.signal.throwIfAborted();
  try {
    return await work({ signal: scope.signal });
  } catch (error) {
    if (!FairleadError.is(error, 'ROLLBACK_FAILED')) scope.signal.throwIfAborted();
    throw error;
  }
}

/** A signal that follows the caller's and the time limit, until it is disposed. */
export interface CallScope extends Disposable {
  readonly signal: AbortSignal;
  /** Ends what is under way for a reason of the library's own. */
  abort(reason: unknown): void;
}

/** Opens the scope of a call that outlives one function, as a stream does. Options that do not fit abort it at once. */
export function openScope(options: Call | undefined, operation: string): CallScope {
  const controller = new AbortController();
  const { signal, timeoutMs } = options ?? {};
  const follow = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) follow();
  signal?.addEventListener('abort', follow, { once: true });
  const timer = limit(controller, timeoutMs, operation);
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', follow);
    },
  };
}

/** Runs clean-up work under a clock of its own: the caller's signal may be the reason for it. */
export function inOwnTime<T>(milliseconds: number, work: (call: BackendCall) => Promise<T>): Promise<T> {
  return inCall({ timeoutMs: milliseconds }, 'clean-up', work);
}

/** Resolves after a time in milliseconds, or rejects with the signal's reason. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const cancel = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', cancel, { once: true });
  });
}

/** What a promise gives, or the signal's reason if that comes first; the promise goes on. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function limit(
  controller: AbortController,
  timeoutMs: number | undefined,
  operation: string,
): NodeJS.Timeout | undefined {
  if (timeoutMs === undefined) return undefined;
  if (Number.isNaN(timeoutMs) || timeoutMs < 0) {
    controller.abort(invalidLimit(operation, timeoutMs));
    return undefined;
  }
  const ring = (): void => controller.abort(timedOut(operation, timeoutMs));
  return setTimeout(ring, Math.min(timeoutMs, longestTimer));
}

function invalidLimit(operation: string, timeoutMs: number): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    operation,
    message: `timeoutMs is ${timeoutMs}; it must be a number of milliseconds, 0 or more`,
    details: { option: 'timeoutMs' },
  });
}

function timedOut(operation: string, timeoutMs: number): FairleadError {
  return new FairleadError({
    code: 'TIMEOUT',
    operation,
    message: `not done within ${timeoutMs} ms`,
    retryable: 'yes',
    hint: 'Give a larger timeoutMs, or look at the engine.',
    details: { timeoutMs },
  });
}
