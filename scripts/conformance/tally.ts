import type { Tally } from '../phase.ts';
import type { ConformanceReport, TargetSummary } from './report.ts';

/** Under what conditions a suite was run. */
export interface RunConditions {
  /** Whether the lab's own engines were there, so that there must be targets. */
  readonly ownLab: boolean;
  /** Whether a target that is missing is a failure. */
  readonly required: boolean;
  /** How many cases a target runs that runs all. */
  readonly cases: number;
}

/** What a target declares without proof: told of runs of every case only, because others prove less by their nature. */
export function unprovenOf({ cases: count, unproven }: TargetSummary, cases: number): readonly string[] {
  return count === cases ? unproven : [];
}

/**
 * What a run counts: not what an `npm test` just before has counted. A target on which no case was run has failed, and so has a lab without targets; on a machine of
 * one's own that has no engine there is nothing to do, and what is missing has been told.
 */
export function tallyOf(
  { targets, sites, missing, leftovers, uncitedRequirements }: ConformanceReport,
  { ownLab, required, cases }: RunConditions,
): Tally {
  const sum = (of: (target: TargetSummary) => number): number =>
    targets.reduce((total, target) => total + of(target), 0);
  const ran = ({ passed, refusedAsDeclared, failed }: TargetSummary): number => passed + refusedAsDeclared + failed;
  const idle =
    targets.filter((target) => ran(target) === 0).length + (ownLab && targets.length + sites.length === 0 ? 1 : 0);
  // On a machine that nobody has described, a proof may fail for reasons of that machine.
  const unproven = ownLab ? sum((target) => unprovenOf(target, cases).length) : 0;
  const broken = sites.filter(({ error }) => error !== undefined).length;
  const extra = leftovers.length + uncitedRequirements.length + (required ? missing.length : 0);
  const before = sum(({ provenBefore }) => provenBefore.cases);
  const passed = sum((target) => target.passed + target.refusedAsDeclared) - before + sites.length - broken;
  const failed = sum((target) => target.failed) + extra + idle + unproven + broken;
  if (targets.length + sites.length === 0) return { passed, failed, nothing: 'there is no engine to run the cases on' };
  return { passed, failed, ...(passed + failed === 0 ? { nothing: 'npm test has just proven every case' } : {}) };
}
