import { expect, test } from 'vitest';
import { families } from '../packages/images/test/fuzz/fuzz-case.ts';
import type { FuzzRun } from '../packages/images/test/fuzz/fuzz-report.ts';
import { fuzzTally } from './fuzz-phase.ts';

const sound: FuzzRun = {
  counts: Object.fromEntries(families.map(({ name }) => [name, { same: 1 }])),
  faults: [],
  cases: families.length,
  crashes: 0,
  hangs: 0,
  minutes: 0,
  peakMebibytes: 300,
};

test('each family of readers counts once, and fails with its first fault', () => {
  expect(fuzzTally(sound, families.length)).toEqual({ passed: families.length, failed: 0 });
  const faults = [
    { number: 1, family: 'tar', what: 'x' },
    { number: 2, family: 'tar', what: 'y' },
  ];
  expect(fuzzTally({ ...sound, faults }, families.length)).toEqual({ passed: families.length - 1, failed: 1 });
});

test('a run that lost cases, a family without any, and too much memory are failures', () => {
  expect(fuzzTally(sound, families.length + 1)).toEqual({ passed: families.length, failed: 1 });
  expect(fuzzTally({ ...sound, peakMebibytes: 2000 }, families.length).failed).toBe(1);
  expect(fuzzTally({ ...sound, counts: {} }, families.length).failed).toBe(families.length);
});
