import type { BackendCall } from '../backend/backend-call.ts';
import type { Call } from '../call.ts';
import type { LogEnd, LogStream } from '../logs.ts';
import { openScope, type CallScope } from './call-scope.ts';

/** Produces items and, at last, why there are no more. */
export type LogProducer<T> = (call: BackendCall) => AsyncGenerator<T, LogEnd, undefined>;

/**
 * A stream that can be read once. It costs nothing until it is read, ends for one told reason, and frees its source
 * when it is left or cancelled, also between two reads.
 */
export function openLogStream<T>(produce: LogProducer<T>, options: Call | undefined): LogStream<T> {
  const reading = new Reading(produce, options);
  const iterator: AsyncIterator<T, undefined> = {
    next: () => reading.next(),
    return: async () => {
      await reading.leave();
      return { done: true, value: undefined };
    },
  };
  return {
    ended: reading.ended,
    [Symbol.asyncIterator]: () => iterator,
    [Symbol.asyncDispose]: () => reading.leave(),
  };
}

interface Opened<T> {
  readonly scope: CallScope;
  readonly source: AsyncGenerator<T, LogEnd, undefined>;
}

class Reading<T> {
  readonly #produce: LogProducer<T>;
  readonly #options: Call | undefined;
  readonly #end: PromiseWithResolvers<LogEnd> = Promise.withResolvers();
  #opened: Opened<T> | undefined;
  #over = false;
  /** Why it was cancelled, until a read has rejected with it. */
  #cancelled: { readonly reason: unknown } | undefined;

  constructor(produce: LogProducer<T>, options: Call | undefined) {
    this.#produce = produce;
    this.#options = options;
  }

  get ended(): Promise<LogEnd> {
    return this.#end.promise;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    this.#throwIfCancelled();
    if (this.#over) return { done: true, value: undefined };
    const { source } = this.#open();
    this.#throwIfCancelled();
    try {
      const result = await source.next();
      this.#throwIfCancelled();
      if (result.done !== true) return { done: false, value: result.value };
      // A second read after the end gives undefined: the reason has been told by then.
      this.#close(result.value ?? { reason: 'left' });
    } catch (error) {
      this.#throwIfCancelled();
      if (!this.#over) {
        this.#close({ reason: 'interrupted', error });
        throw error;
      }
    }
    return { done: true, value: undefined };
  }

  async leave(): Promise<void> {
    this.#cancelled = undefined;
    const opened = this.#opened;
    if (!this.#over) {
      this.#close({ reason: 'left' });
      opened?.scope.abort(new Error('the stream was left'));
    }
    await opened?.source.return({ reason: 'left' }).catch(() => undefined);
  }

  #open(): Opened<T> {
    if (this.#opened !== undefined) return this.#opened;
    const scope = openScope(this.#options, 'logs');
    const opened = { scope, source: this.#produce({ signal: scope.signal }) };
    this.#opened = opened;
    const { signal } = scope;
    if (signal.aborted) this.#cancel(signal.reason);
    else signal.addEventListener('abort', () => this.#cancel(signal.reason), { once: true });
    return opened;
  }

  /** Frees the source at once: a reader that is not reading would hold it for good. */
  #cancel(reason: unknown): void {
    if (this.#over) return;
    this.#cancelled = { reason };
    this.#close({ reason: 'interrupted', error: reason });
    this.#opened?.source.return({ reason: 'left' }).catch(() => undefined);
  }

  #close(end: LogEnd): void {
    this.#over = true;
    this.#opened?.scope[Symbol.dispose]();
    this.#end.resolve(end);
  }

  #throwIfCancelled(): void {
    if (this.#cancelled === undefined) return;
    const { reason } = this.#cancelled;
    this.#cancelled = undefined;
    throw reason;
  }
}
