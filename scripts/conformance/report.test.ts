import type { Outcome, TargetReport } from '@fairlead/conformance';
import { memoryTarget, cases, runCases } from '@fairlead/conformance';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readExpectedRefusals } from './expected-refusals.ts';
import { summarise, summaryTable } from './report.ts';
import { citedInNames, uncitedRequirements } from './requirements.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function report(outcome: Outcome): Promise<TargetReport> {
  const some = cases.filter(({ id }) => id === 'input/errors');
  return { ...(await runCases(await memoryTarget({ folder }), { cases: some })), outcomes: [outcome] };
}

const refused: Outcome = { id: 'exec/result', milliseconds: 1, outcome: 'refused', refused: ['exec'] };

test('a refusal that is expected counts as refused as declared, another one as a failure', async () => {
  const result = { name: 'engine', report: await report(refused), problem: undefined, milliseconds: 60_000 };
  const expected = summarise(result, { cases, expected: (_, key) => (key === 'exec' ? 'why not' : undefined) });
  expect([expected.passed, expected.refusedAsDeclared, expected.failed]).toEqual([0, 1, 0]);
  const unexpected = summarise(result, { cases, expected: () => undefined });
  expect([unexpected.passed, unexpected.refusedAsDeclared, unexpected.failed]).toEqual([0, 0, 1]);
  expect(unexpected.failures[0]?.error).toContain('exec');
});

test('the report is whole, and the table says what of it npm test proved just before', async () => {
  const whole = await report(refused);
  const outcomes: Outcome[] = ['a', 'b', 'c'].map((id) => ({ id, milliseconds: 1, outcome: 'passed' }));
  const before = { ids: new Set(['a', 'c', refused.id]), milliseconds: 60_000 };
  const summary = summarise(
    {
      name: 'engine',
      report: { ...whole, outcomes: [...outcomes, refused] },
      problem: undefined,
      milliseconds: 90_000,
      before,
    },
    { cases, expected: () => undefined },
  );
  expect([summary.cases, summary.passed, summary.failed, summary.minutes]).toEqual([4, 3, 1, 1.5]);
  // The refusal that nobody expects is a failure in both runs: none is taken over.
  expect(summary.provenBefore).toEqual({ cases: 2, minutes: 1 });
  const [head, row, note] = summaryTable([summary])
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
  expect(head?.slice(2)).toEqual(['cases', 'before', 'passed', 'refused', 'failed', 'minutes']);
  expect(row?.slice(2)).toEqual(['4', '2', '3', '0', '1', '0.50']);
  expect(note?.[0]).toContain('2 cases were proven by npm test just before');
  expect(summaryTable([{ ...summary, provenBefore: { cases: 0, minutes: 0 } }])).not.toContain('npm test');
});

test('a worker without a report is a failed target that says why', () => {
  const summary = summarise(
    { name: 'engine', report: undefined, problem: 'killed', milliseconds: 1 },
    { cases, expected: undefined },
  );
  expect([summary.failed, summary.failures[0]?.error]).toEqual([1, 'killed']);
  expect(summaryTable([summary])).toContain('engine');
});

test('a declared support without a passed proof is unproven', async () => {
  const passed: Outcome = { id: 'spec/env', milliseconds: 1, outcome: 'passed' };
  const { unproven } = summarise(
    { name: 'engine', report: await report(passed), problem: undefined, milliseconds: 1 },
    { cases, expected: undefined },
  );
  expect(unproven).toContain('exec');
  expect(unproven).not.toContain('env');
});

test('A19: every requirement of this landing is cited by a case, a check of a site or a test', async () => {
  expect(await uncitedRequirements(cases)).toEqual([]);
});

test('the ids in the names of tests count as cited, others in their text do not', () => {
  const text = "describe('a (B3, A18)', () => {\n  it('does (V2)', () => say('V9'));\n});";
  expect(citedInNames({ text })).toEqual(['B3', 'A18', 'V2']);
});

test('expected refusals name supports that there are', () => {
  const expected = readExpectedRefusals();
  expect(expected('apptainer', 'exec')).toMatch(/.{10}/);
  expect(expected('docker', 'exec')).toBeUndefined();
});
