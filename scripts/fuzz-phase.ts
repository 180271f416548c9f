import { families } from '../packages/images/test/fuzz/fuzz-case.ts';
import { fuzzTable, type FuzzRun } from '../packages/images/test/fuzz/fuzz-report.ts';
import { runFuzz } from '../packages/images/test/fuzz/run-fuzz.ts';
import type { Phase, Tally } from './phase.ts';

/** Always the same cases, so that a run that fails can be looked into. */
export const matrixRun = { cases: 100_000, seed: 20_261_121 } as const;

/** Cases need some hundred MiB in all; what needs more has been made to allocate by a case. */
const mostMebibytes = 1024;

/** Damaged and forged images of every kind through every reader of images. */
export const fuzzPhase: Phase = {
  name: 'fuzz',
  run: async () => {
    const run = await runFuzz(matrixRun);
    process.stdout.write(`${fuzzTable(run)}\n`);
    return fuzzTally(run, matrixRun.cases);
  },
};

/** Each family of readers counts once; so does a run that lost cases, or that needed too much memory. */
export function fuzzTally(run: FuzzRun, wanted: number): Tally {
  const faulty = new Set(run.faults.map(({ family }) => family));
  const sound = families.filter(({ name }) => !faulty.has(name) && run.counts[name] !== undefined);
  const whole = run.cases === wanted && run.peakMebibytes <= mostMebibytes;
  return { passed: sound.length, failed: families.length - sound.length + (whole ? 0 : 1) };
}
