import type { Tally } from '../phase.ts';
import type { ConformanceReport, TargetSummary } from './report.ts';

/** Under what conditions a suite was run. */
export interface RunConditions {
  /** Whether the lab's own engines were there, so that there must be targets. */
  readonly ownLab: boolean;
  /** Whether a target that is missing is a failure. */
  readonly required: boolean;
}

/**
 * What a run counts. A target on which no case was run has failed, and so has a lab without targets; on a machine of
 * one's own that has no engine there is nothing to do, and what is missing has been told.
 */
export function tallyOf(
  { targets, missing, leftovers, uncitedRequirements }: ConformanceReport,
  { ownLab, required }: RunConditions,
): Tally {
  const sum = (of: (target: TargetSummary) => number): number =>
    targets.reduce((total, target) => total + of(target), 0);
  const ran = ({ passed, refusedAsDeclared, failed }: TargetSummary): number => passed + refusedAsDeclared + failed;
  const idle = targets.filter((target) => ran(target) === 0).length + (ownLab && targets.length === 0 ? 1 : 0);
  const extra = leftovers.length + uncitedRequirements.length + (required ? missing.length : 0);
  return {
    passed: sum((target) => target.passed + target.refusedAsDeclared),
    failed: sum((target) => target.failed) + extra + idle,
    ...(targets.length === 0 ? { nothing: 'there is no engine to run the cases on' } : {}),
  };
}
