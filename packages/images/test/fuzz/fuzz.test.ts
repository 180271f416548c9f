import { describe, expect, it } from 'vitest';
import { families, familyOf, runFuzzCase } from './fuzz-case.ts';
import { fuzzTable } from './fuzz-report.ts';
import { memorySource } from './memory-source.ts';
import { runFuzz } from './run-fuzz.ts';

describe('a fuzz case', () => {
  it('is the same whenever it is run', async () => {
    for (let number = 0; number < 100; number += 7) {
      expect(await runFuzzCase(5, number)).toEqual(await runFuzzCase(5, number));
    }
  });

  it('belongs to a family, each of which has its share', () => {
    const names = Array.from({ length: 100 }, (_, number) => familyOf(number).name);
    for (const { name, share } of families) expect(names.filter((one) => one === name)).toHaveLength(share);
  });

  it('ends in output or in a refusal, and each family has both', { timeout: 60_000 }, async () => {
    const outcomes = new Map<string, Set<string>>();
    for (let number = 0; number < 1000; number += 1) {
      const { family, outcome, fault } = await runFuzzCase(1, number);
      expect(fault).toBeUndefined();
      outcomes.set(family, (outcomes.get(family) ?? new Set()).add(outcome));
    }
    for (const { name } of families) {
      expect([...(outcomes.get(name) ?? [])]).toEqual(expect.arrayContaining(['same', 'CORRUPT_IMAGE']));
    }
  });

  it('may read no more than its budget', async () => {
    const source = memorySource(new Uint8Array(100), { budgetBytes: 150 });
    await source.read({ offset: 0, length: 100 });
    await expect(source.read({ offset: 0, length: 100 })).rejects.toThrow(/200 bytes were read of 100/);
  });
});

describe('a fuzz run', () => {
  it('tells the case that hangs and the one that crashes, and goes on', { timeout: 60_000 }, async () => {
    const program = new URL('__fixtures__/faulty-worker.ts', import.meta.url);
    const run = await runFuzz({ cases: 7, seed: 1, threads: 1, deadlineMs: 2000, program });
    expect(run.faults.map(({ number }) => number)).toEqual([2, 4]);
    expect(run.faults.map(({ what }) => what).join(' ')).toMatch(/it hangs.*thrown at case 4/s);
    expect(run).toMatchObject({ cases: 7, crashes: 1, hangs: 1, counts: { tar: { same: 5 } } });
    expect(fuzzTable(run)).toMatch(/7 cases, 1 crashes, 1 hangs, 0 wrong outputs/);
  });
});
