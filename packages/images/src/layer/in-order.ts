/** Work that has not begun. */
export type Job<T> = () => Promise<T>;

/** Results of jobs in their order, with at most `width` of them in work. A failure comes when its turn does. */
export async function* inOrder<T>(jobs: AsyncIterable<Job<T>>, width: number): AsyncGenerator<T, void, void> {
  const running: Promise<T>[] = [];
  for await (const job of jobs) {
    const result = job();
    // Told to whoever waits for this one, not to nobody in particular.
    result.catch(() => undefined);
    running.push(result);
    const first = running.length >= width ? running.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const result of running) yield await result;
}
