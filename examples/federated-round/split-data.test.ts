import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { shares, splitRows } from './split-data.ts';

const csv = await readFile(new URL('data/penguins.csv', import.meta.url), 'utf8');
const [header = '', ...rows] = csv.trimEnd().split('\n');
const rowsOf = (part: string): readonly string[] => part.trimEnd().split('\n').slice(1);

it('gives every row to exactly one of four sites, each with the header', () => {
  const parts = splitRows(csv, shares);
  expect(parts).toHaveLength(4);
  for (const part of parts) expect(part.startsWith(`${header}\n`) && part.endsWith('\n')).toBe(true);
  expect(parts.flatMap(rowsOf).toSorted()).toEqual(rows.toSorted());
});

it('gives unequal shares, and some of each species to every site', () => {
  const parts = splitRows(csv, shares);
  const sizes = parts.map((part) => rowsOf(part).length);
  expect(new Set(sizes).size).toBe(4);
  for (const [at, size] of sizes.entries()) expect(Math.abs(size - (shares[at] ?? 0) * 344)).toBeLessThan(2);
  for (const part of parts)
    expect(new Set(rowsOf(part).map((row) => row.split(',')[0]))).toEqual(new Set(['Adelie', 'Chinstrap', 'Gentoo']));
});
