import type { Case, Outcome } from '@fairlead/conformance';
import { unprovenSupports } from '@fairlead/conformance';
import type { ExpectedRefusals } from './expected-refusals.ts';
import type { MissingTarget } from './places.ts';
import type { SiteOutcome } from './run-site.ts';
import type { KnownResult } from './proven.ts';

/** `reports/conformance.json`. */
export interface ConformanceReport {
  readonly schema: 1;
  readonly scope: 'test' | 'matrix';
  readonly targets: readonly TargetSummary[];
  /** Checks of the machine that has every engine. */
  readonly sites: readonly SiteOutcome[];
  readonly missing: readonly MissingTarget[];
  /** What the engines' own tools saw after the suite that was not there before. */
  readonly leftovers: readonly string[];
  readonly uncitedRequirements: readonly string[];
}

/** What the cases found out about a target. */
export interface TargetSummary {
  readonly target: string;
  readonly engine: string;
  readonly version: string;
  readonly cases: number;
  readonly passed: number;
  readonly refusedAsDeclared: number;
  readonly failed: number;
  readonly minutes: number;
  /** What of `passed`, `refusedAsDeclared` and `minutes` was proven by the `npm test` just before, not by this run. */
  readonly provenBefore: { readonly cases: number; readonly minutes: number };
  /** By support: the engine's reason. */
  readonly refusals: Readonly<Record<string, string>>;
  readonly failures: readonly { readonly id: string; readonly error: string }[];
  /** Declared supports whose proof did not pass in this run; empty where every case ran and passed. */
  readonly unproven: readonly string[];
  /** By support: `native`, `whileProcessLives` or `unsupported`. */
  readonly supports: Readonly<Record<string, string>>;
}

/** How to sum up one target. */
export interface SummaryOptions {
  readonly cases: readonly Case[];
  /** Undefined: whatever an engine declares is legitimate, as on a machine that nobody has described. */
  readonly expected: ExpectedRefusals | undefined;
}

/** Sums up what a worker told; a refusal that nobody expects is a failure. */
export function summarise(result: KnownResult, { cases, expected }: SummaryOptions): TargetSummary {
  const { name, report, problem, before } = result;
  const minutes = toMinutes(result.milliseconds);
  if (report === undefined) return noReport(name, minutes, problem ?? 'no word');
  const judged = report.outcomes.map((outcome) => judge(outcome, name, expected));
  const count = (kind: Outcome['outcome']): number => judged.filter(({ outcome }) => outcome === kind).length;
  const refused = Object.entries(report.supports).flatMap(([key, support]) =>
    support.kind === 'unsupported' ? [[key, support.reason]] : [],
  );
  return {
    target: name,
    engine: report.engine,
    version: report.version,
    cases: judged.length,
    passed: count('passed'),
    refusedAsDeclared: count('refused'),
    failed: count('failed'),
    minutes,
    provenBefore: {
      cases: judged.filter(({ id, outcome }) => outcome !== 'failed' && before?.ids.has(id) === true).length,
      minutes: toMinutes(before?.milliseconds ?? 0),
    },
    refusals: Object.fromEntries(refused),
    failures: judged.flatMap((outcome) =>
      outcome.outcome === 'failed' ? [{ id: outcome.id, error: outcome.error }] : [],
    ),
    unproven: unprovenSupports(report, cases),
    supports: Object.fromEntries(Object.entries(report.supports).map(([key, { kind }]) => [key, kind])),
  };
}

function toMinutes(milliseconds: number): number {
  return Math.round(milliseconds / 600) / 100;
}

/** A target of which nothing is known but that its worker failed. */
function noReport(target: string, minutes: number, error: string): TargetSummary {
  const counts = { cases: 0, passed: 0, refusedAsDeclared: 0, failed: 1 };
  const failures = [{ id: 'worker', error }];
  const provenBefore = { cases: 0, minutes: 0 };
  const nothing = { engine: '', version: '', refusals: {}, unproven: [], supports: {} };
  return { target, ...nothing, ...counts, minutes, provenBefore, failures };
}

function judge(outcome: Outcome, target: string, expected: ExpectedRefusals | undefined): Outcome {
  if (outcome.outcome !== 'refused' || expected === undefined) return outcome;
  const unexpected = outcome.refused.filter((key) => expected(target, key) === undefined);
  if (unexpected.length === 0) return outcome;
  const { id, milliseconds } = outcome;
  return {
    id,
    milliseconds,
    outcome: 'failed',
    error: `refused, which expected-refusals.json does not expect: ${unexpected.join(', ')}`,
  };
}

/** The table for people: minutes are those of this run. */
export function summaryTable(targets: readonly TargetSummary[]): string {
  const rows = targets.map(({ target, engine, version, cases, passed, refusedAsDeclared, failed, ...times }) => [
    target,
    `${engine} ${version}`.trim(),
    ...[cases, times.provenBefore.cases, passed, refusedAsDeclared, failed].map(String),
    (times.minutes - times.provenBefore.minutes).toFixed(2),
  ]);
  const heads = ['target', 'engine', 'cases', 'before', 'passed', 'refused', 'failed', 'minutes'];
  const before = targets.reduce((total, { provenBefore }) => total + provenBefore.cases, 0);
  const note = `before: ${before} cases were proven by npm test just before, and are not counted again`;
  return [...aligned([heads, ...rows]), ...(before > 0 ? [note] : [])].join('\n');
}

function aligned(table: readonly (readonly string[])[]): readonly string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}
