/** One way of doing a unit of work; `run` does it once and leaves nothing. */
export interface Contender {
  readonly name: string;
  run(): Promise<void>;
}

/** Milliseconds of each contender, a number per sample. */
export type Samples = Readonly<Record<string, readonly number[]>>;

/** A contender that measures itself. */
export interface ReportingContender {
  readonly name: string;
  /** Does it once and tells its milliseconds. */
  run(): Promise<number>;
}

/** Samples of contenders that are measured from outside; see `sampleReported`. */
export function sample(contenders: readonly Contender[], rounds: number): Promise<Samples> {
  const timed = contenders.map(({ name, run }): ReportingContender => ({
    name,
    run: async () => {
      const started = performance.now();
      await run();
      return performance.now() - started;
    },
  }));
  return sampleReported(timed, rounds);
}

/**
 * Takes samples of all contenders in turn, each round in another order, so that what else the machine does
 * falls on all of them alike. The first rounds, by default two, are not counted.
 */
export async function sampleReported(
  contenders: readonly ReportingContender[],
  rounds: number,
  warmups = 2,
): Promise<Samples> {
  const samples = Object.fromEntries(contenders.map(({ name }): [string, number[]] => [name, []]));
  for (let round = -warmups; round < rounds; round += 1) {
    const first = (round + warmups) % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const milliseconds = await contender.run();
      if (round >= 0) samples[contender.name]?.push(milliseconds);
    }
  }
  return samples;
}

/**
 * Samples of contenders without what each spends on its way in: the median of `door`, which does nothing else, is taken
 * off everyone but `inside`, who measures itself behind it.
 */
export function withoutDoor(
  samples: Samples,
  { door, inside }: { readonly door: string; readonly inside: string },
): { readonly samples: Samples; readonly doorMs: number } {
  const doorMs = median(samples[door] ?? []);
  const others = Object.entries(samples).filter(([name]) => name !== door);
  const fair = others.map(([name, all]): [string, readonly number[]] => [
    name,
    name === inside ? all : all.map((milliseconds) => milliseconds - doorMs),
  ]);
  return { samples: Object.fromEntries(fair), doorMs };
}

/** The middle of a list of numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
