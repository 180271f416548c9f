import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { supportKeys } from '@fairlead/core';
import { cases } from './cases.ts';
import { memoryTarget } from './memory/memory-target.ts';
import { describeConformance } from './vitest.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-conformance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// A18: the in-memory backend passes what it declares, which is everything.
await describeConformance(await memoryTarget({ folder, pace: 0.1 }));

test('every support has exactly one case that proves it', () => {
  const proofs = cases.flatMap(({ proves }) => proves ?? []);
  expect(proofs.toSorted()).toEqual([...supportKeys].toSorted());
});

test('a case uses what it proves', () => {
  const careless = cases.filter(({ proves, uses }) => proves !== undefined && !uses.includes(proves));
  expect(careless.map(({ id }) => id)).toEqual([]);
});

test('a proof does not vanish with another support: it uses none that its own does not imply', () => {
  const implied: Readonly<Record<string, readonly string[]>> = {
    'mounts.tmpfs.sizeBytes': ['mounts.tmpfs'],
    'mounts.volume': ['volumes'],
    'volumes.readFile': ['volumes', 'mounts.volume'],
  };
  const dependent = cases.flatMap(({ id, proves = '', uses }) => {
    const [group = ''] = proves.split('.');
    const own = new Set([proves, ...(implied[proves] ?? []), ...(group === 'exec' ? ['exec'] : [])]);
    return proves === '' ? [] : uses.filter((key) => !own.has(key)).map((key) => `${id} uses ${key}`);
  });
  expect(dependent).toEqual([]);
});

test('ids of cases are unique', () => {
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
});
