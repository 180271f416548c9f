/** The items of a source until a signal comes; then it ends early, without an error, and the source is left. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<undefined>();
  const abort = (): void => aborted.resolve(undefined);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      const item = await Promise.race([items.next(), aborted.promise]);
      if (item === undefined || item.done === true) return;
      yield item.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // A source that hangs must not hold this one up; what it has to tell is told by the caller's abort.
    Promise.resolve(items.return?.()).catch(() => undefined);
  }
}
