import { readFile, writeFile } from 'node:fs/promises';
import type { TargetReport } from '@fairlead/conformance';
import type { Which, WorkerResult } from './run-worker.ts';

/** What `npm test` has proven, for the `npm run test:matrix` that `.ci/run` starts right after it. */
export interface Proven {
  readonly which: Which;
  readonly report: TargetReport;
  readonly milliseconds: number;
}

const variable = 'FAIRLEAD_PROVEN';

/** By target. Empty, but in `.ci/run`: there both commands run on one checkout, and no case has to run twice. */
export async function readProven(): Promise<ReadonlyMap<string, Proven>> {
  const file = process.env[variable];
  const text = file === undefined ? '{}' : await readFile(file, 'utf8').catch(() => '{}');
  // `keepProven` below is the only writer.
  return new Map(Object.entries(JSON.parse(text) as Record<string, Proven>));
}

/** Keeps what passed, where `.ci/run` asks for it; a target of which anything failed is run again as a whole. */
export async function keepProven(results: readonly (WorkerResult & { readonly which: Which })[]): Promise<void> {
  const file = process.env[variable];
  if (file === undefined) return;
  const proven = results.flatMap(({ name, which, report, milliseconds }): [string, Proven][] =>
    report === undefined || report.outcomes.some(({ outcome }) => outcome === 'failed')
      ? []
      : [[name, { which, report, milliseconds }]],
  );
  await writeFile(file, JSON.stringify(Object.fromEntries(proven)));
}

/** What is known of a target by two commands; of that, `before` was not run by the second. */
export interface KnownResult extends WorkerResult {
  readonly before?: { readonly ids: ReadonlySet<string>; readonly milliseconds: number } | undefined;
}

/** One result of two runs that had different cases; without `now`, of the first alone. */
export function together(name: string, { report, milliseconds }: Proven, now?: WorkerResult): KnownResult {
  const before = { ids: new Set(report.outcomes.map(({ id }) => id)), milliseconds };
  if (now === undefined) return { name, report, problem: undefined, milliseconds, before };
  if (now.report === undefined) return now;
  const outcomes = [...report.outcomes, ...now.report.outcomes];
  return { ...now, report: { ...now.report, outcomes }, milliseconds: milliseconds + now.milliseconds, before };
}
