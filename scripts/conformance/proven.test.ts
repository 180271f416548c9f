import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Outcome, TargetReport } from '@fairlead/conformance';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepProven, readProven, together } from './proven.ts';

let folder = '';
beforeEach(async () => {
  // `.ci/run` may be what runs these tests.
  delete process.env['FAIRLEAD_PROVEN'];
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-proven-'));
});
afterEach(async () => {
  delete process.env['FAIRLEAD_PROVEN'];
  await rm(folder, { recursive: true, force: true });
});

const passed = (id: string): Outcome => ({ id, outcome: 'passed', milliseconds: 1 });
const failed = (id: string): Outcome => ({ id, outcome: 'failed', error: 'odd', milliseconds: 1 });

function result(name: string, outcomes: readonly Outcome[]) {
  // Nothing here reads what an engine supports.
  const report = { target: name, engine: 'e', version: '1', supports: {}, outcomes } as unknown as TargetReport;
  return { name, report, problem: undefined, milliseconds: 5, which: 'version' as const };
}

test('outside .ci/run nothing is kept, and nothing counts as proven', async () => {
  await keepProven([result('a', [passed('x')])]);
  expect((await readProven()).size).toBe(0);
});

test('what passed on a target is kept; a target on which anything failed is run again', async () => {
  process.env['FAIRLEAD_PROVEN'] = path.join(folder, 'proven.json');
  expect((await readProven()).size).toBe(0);
  const broken = { ...result('c', []), report: undefined, problem: 'it died' };
  await keepProven([result('a', [passed('x')]), result('b', [passed('x'), failed('y')]), broken]);
  const proven = await readProven();
  expect([...proven.keys()]).toEqual(['a']);
  expect(proven.get('a')).toMatchObject({ which: 'version', milliseconds: 5 });
});

test('two runs of a target with different cases are one, which knows what the first had', () => {
  const before = { ...result('a', [passed('x')]), which: 'version' as const };
  const both = together('a', before, result('a', [passed('y')]));
  expect(both.report?.outcomes.map(({ id }) => id)).toEqual(['x', 'y']);
  expect([both.milliseconds, both.before]).toEqual([10, { ids: new Set(['x']), milliseconds: 5 }]);
});

test('a first run that had every case is the whole result, and none of it was run again', () => {
  const whole = together('a', result('a', [passed('x')]));
  expect(whole.report?.outcomes.map(({ id }) => id)).toEqual(['x']);
  expect([whole.milliseconds, whole.before?.milliseconds]).toEqual([5, 5]);
});

test('a second run that died does not count as the first', () => {
  const died = { name: 'a', report: undefined, problem: 'it died', milliseconds: 1 };
  expect(together('a', result('a', [passed('x')]), died)).toEqual(died);
});
