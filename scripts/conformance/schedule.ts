/** Something to do that must not meet others of its kind. */
export interface Work<Result> {
  /** Two things with one key are not done at the same time. */
  readonly key: string;
  run(): Promise<Result>;
}

/** Does all work, a few at a time, in the given order as far as keys allow it. Results are in that order. */
export async function runApart<Result>(work: readonly Work<Result>[], atOnce: number): Promise<readonly Result[]> {
  const results = new Map<Work<Result>, Result>();
  const waiting = [...work];
  const busy = new Map<string, Promise<void>>();
  while (waiting.length > 0 || busy.size > 0) {
    const index = busy.size < atOnce ? waiting.findIndex(({ key }) => !busy.has(key)) : -1;
    const [next] = index < 0 ? [] : waiting.splice(index, 1);
    if (next === undefined) await Promise.race(busy.values());
    else busy.set(next.key, finish(next));
  }
  return work.flatMap((one) => results.get(one) ?? []);

  async function finish(one: Work<Result>): Promise<void> {
    results.set(one, await one.run());
    busy.delete(one.key);
  }
}
