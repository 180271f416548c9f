import { expect, test, vi } from 'vitest';
import { exitCode, runPhases, totalLine, type Tally } from './phase.ts';

async function totalOf(...tallies: readonly Tally[]): Promise<Tally> {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const sum = await runPhases(tallies.map((tally) => ({ name: 'a', run: () => Promise.resolve(tally) })));
  vi.restoreAllMocks();
  return sum;
}

test('a phase that did nothing has failed, unless it says that there was nothing to do', async () => {
  const some = { passed: 2, failed: 0 };
  const none = { passed: 0, failed: 0 };
  const nothing = { ...none, nothing: 'no engine' };
  expect(await totalOf(some, none)).toEqual({ passed: 2, failed: 1 });
  expect(await totalOf(some, nothing)).toMatchObject({ passed: 2, failed: 0 });
  expect(exitCode(await totalOf(nothing))).toBe(0);
  expect(exitCode(await totalOf(nothing, { passed: 0, failed: 1 }))).toBe(1);
  expect(exitCode(await totalOf())).toBe(1);
  expect(exitCode(await totalOf(some))).toBe(0);
});

test('every phase is run although one rejects, and the rejection counts as one failure', async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const total = await runPhases([
    { name: 'a', run: () => Promise.reject(new Error('no')) },
    { name: 'b', run: () => Promise.resolve({ passed: 2, failed: 1 }) },
  ]);
  vi.restoreAllMocks();
  expect(totalLine(total)).toBe('2 passed, 2 failed');
});
