import type { BackendCall } from '../backend/backend-call.ts';
import type { LogEnd } from '../logs.ts';

type Source<T> = AsyncGenerator<T, LogEnd, undefined>;

interface Step<T> {
  readonly source: Source<T>;
  readonly result: PromiseSettledResult<IteratorResult<T, LogEnd>>;
}

/**
 * Items of several sources in the order in which they come; ends when all have ended, with the first reason among
 * theirs that is not `exited`. When one fails, or the reader leaves, the others are cancelled and freed.
 */
export async function* mergeStreams<T>(
  produce: readonly ((call: BackendCall) => Source<T>)[],
  call: BackendCall,
): Source<T> {
  const left = new AbortController();
  const signal = AbortSignal.any([call.signal, left.signal]);
  const sources = produce.map((open) => open({ signal }));
  const steps = new Steps<T>();
  for (const source of sources) steps.pull(source);
  let end: LogEnd = { reason: 'exited' };
  try {
    for (let open = sources.length; open > 0;) {
      const { source, result } = await steps.next();
      if (result.status === 'rejected') throw result.reason;
      if (result.value.done === true) {
        open -= 1;
        end = end.reason === 'exited' ? result.value.value : end;
        continue;
      }
      steps.pull(source);
      yield result.value.value;
    }
    return end;
  } finally {
    left.abort(new Error('the stream was left'));
    await Promise.allSettled(sources.map((source) => source.return({ reason: 'left' })));
  }
}

/** What the sources gave, in order; a quiet source costs nothing however much the others say. */
class Steps<T> {
  readonly #ready: Step<T>[] = [];
  #wake: () => void = () => undefined;

  /** Asks a source for its next item. */
  pull(source: Source<T>): void {
    void Promise.allSettled([source.next()]).then(([result]) => {
      this.#ready.push({ source, result });
      return this.#wake();
    });
  }

  async next(): Promise<Step<T>> {
    for (;;) {
      const step = this.#ready.shift();
      if (step !== undefined) return step;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
