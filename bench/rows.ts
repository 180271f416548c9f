import { median, type Samples } from './contender.ts';

/** What is measured: where, how often, and which ratios are to hold. */
export interface Benchmark {
  readonly name: string;
  /** Where it runs: in this process, or as a worker (a file beside this one) inside a target of the lab. */
  readonly place: 'here' | { readonly target: string; readonly worker: 'socket-unit' | 'supervised-unit' };
  readonly rounds: number;
  /** The library's median may be at most `bar` times that of the reference. */
  readonly bars: Readonly<Record<string, number>>;
}

/** What is compared. */
export type Unit = 'ms' | 'MB';

/** A ratio against a named reference in the same run. */
export interface Row {
  readonly name: string;
  readonly against: string;
  readonly unit: Unit;
  readonly value: number;
  readonly reference: number;
  readonly ratio: number;
  readonly bar: number;
  readonly holds: boolean;
}

/** Every benchmark, in the order in which it runs. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'unit/docker',
    place: { target: 'docker', worker: 'socket-unit' },
    rounds: 15,
    bars: { requests: 1.15, cli: 1 },
  },
  {
    name: 'unit/podman-rootless',
    place: { target: 'podman-rootless', worker: 'socket-unit' },
    rounds: 15,
    bars: { requests: 1.15, cli: 1 },
  },
  {
    name: 'unit/apptainer',
    place: { target: 'apptainer', worker: 'supervised-unit' },
    rounds: 15,
    bars: { exec: 1.15 },
  },
  { name: 'import', place: 'here', rounds: 15, bars: { zod: 1.3 } },
];

/** The rows of one benchmark's samples. */
export function toRows({ name, bars }: Pick<Benchmark, 'name' | 'bars'>, samples: Samples): readonly Row[] {
  const value = median(samples['fairlead'] ?? []);
  return Object.entries(bars).map(([against, bar]) => {
    const reference = median(samples[against] ?? []);
    const ratio = value / reference;
    return { name, against, unit: 'ms', value, reference, ratio, bar, holds: ratio <= bar };
  });
}

/** What is never to be exceeded. */
export interface Limit {
  readonly name: string;
  readonly unit: Unit;
  readonly most: number;
}

/** The row of a limit: the worst of all rounds is judged, for one that exceeds it is one too many. */
export function limitRow({ name, unit, most }: Limit, values: readonly number[]): Row {
  const value = values.length === 0 ? Number.NaN : Math.max(...values);
  const ratio = value / most;
  return { name, against: 'at most', unit, value, reference: most, ratio, bar: 1, holds: ratio <= 1 };
}

/** Rows as a table for people. */
export function formatRows(rows: readonly Row[]): string {
  const lines = rows.map(({ name, against, unit, value, reference, ratio, bar, holds }) =>
    [
      name.padEnd(28),
      against.padEnd(18),
      value.toFixed(1).padStart(8),
      reference.toFixed(1).padStart(10),
      unit.padEnd(2),
      ratio.toFixed(3).padStart(7),
      String(bar).padStart(5),
      holds ? 'holds' : 'misses',
    ].join('  '),
  );
  return [`${'row'.padEnd(28)}  ${'against'.padEnd(18)}  fairlead   reference        ratio    bar`, ...lines, ''].join(
    '\n',
  );
}
