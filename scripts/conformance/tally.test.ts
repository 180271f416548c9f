import { expect, test } from 'vitest';
import type { ConformanceReport, TargetSummary } from './report.ts';
import { tallyOf } from './tally.ts';

const missing = [{ name: 'docker', reason: 'no socket' }];

function report(...targets: readonly Partial<TargetSummary>[]): ConformanceReport {
  const whole = targets.map((target) => ({ ...summary, ...target }));
  return { schema: 1, scope: 'matrix', targets: whole, sites: [], missing, leftovers: [], uncitedRequirements: [] };
}

const summary: TargetSummary = {
  target: 'engine',
  engine: 'engine',
  version: '1',
  cases: 0,
  passed: 0,
  refusedAsDeclared: 0,
  failed: 0,
  minutes: 0,
  provenBefore: { cases: 0, minutes: 0 },
  unproven: [],
  failures: [],
  refusals: {},
  supports: {},
};

const elsewhere = { ownLab: false, required: false, cases: 4 };

test('a machine without engines has nothing to do, unless engines are required or are the lab’s own', () => {
  expect(tallyOf(report(), elsewhere)).toMatchObject({ passed: 0, failed: 0, nothing: expect.any(String) });
  expect(tallyOf(report(), { ownLab: false, required: true, cases: 4 }).failed).toBe(1);
  expect(tallyOf(report(), { ownLab: true, required: false, cases: 4 }).failed).toBe(1);
});

test('a target on which no case was run has failed', () => {
  expect(tallyOf(report({ passed: 2, refusedAsDeclared: 1 }), elsewhere)).toEqual({ passed: 3, failed: 0 });
  expect(tallyOf(report({ passed: 2 }, {}), elsewhere)).toEqual({ passed: 2, failed: 1 });
});

test('what npm test proved just before is not counted again, and where that was all there is nothing to do', () => {
  const before = (cases: number) => ({ provenBefore: { cases, minutes: 1 } });
  const some = report({ passed: 3, refusedAsDeclared: 1, failed: 1, ...before(3) }, { passed: 2 });
  expect(tallyOf(some, elsewhere)).toEqual({ passed: 3, failed: 1 });
  const all = report({ passed: 3, refusedAsDeclared: 1, ...before(4) });
  expect(tallyOf(all, elsewhere)).toEqual({ passed: 0, failed: 0, nothing: expect.stringContaining('npm test') });
});

test('in the lab, what a whole run left unproven and a check of a site that failed count as failures', () => {
  const own = { ownLab: true, required: false, cases: 4 };
  const unproven = { passed: 4, cases: 4, unproven: ['exec'] };
  expect(tallyOf(report(unproven), own)).toEqual({ passed: 4, failed: 1 });
  expect(tallyOf(report(unproven), elsewhere)).toEqual({ passed: 4, failed: 0 });
  expect(tallyOf(report({ ...unproven, cases: 3 }), own)).toEqual({ passed: 4, failed: 0 });
  const sites = [{ id: 'site/a' }, { id: 'site/b', error: 'no' }];
  expect(tallyOf({ ...report(), sites }, own)).toEqual({ passed: 1, failed: 1 });
});
