import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { accuracy, formatWeights, parseGradient, parseRows, pooledGradient, step } from './gradient.ts';

const csv = await readFile(new URL('data/penguins.csv', import.meta.url), 'utf8');

it('parseRows() takes the 342 of 344 penguins that were measured, and scales each to about one', () => {
  const rows = parseRows(csv);
  expect(csv.trimEnd().split('\n')).toHaveLength(345);
  expect(rows).toHaveLength(342);
  expect(rows.filter(({ gentoo }) => gentoo === 1)).toHaveLength(123);
  expect(rows.every(({ features }) => features.length === 5 && features.every((value) => Math.abs(value) < 4))).toBe(
    true,
  );
});

it('formatWeights() keeps every bit of a weight', () => {
  const weights = [0.1 + 0.2, -1 / 3, 5e-324, 1.7976931348623157e308, 123456.78901234567];
  expect(formatWeights(weights).trimEnd().split('\n').map(Number)).toEqual(weights);
});

it('parseGradient() keeps all seventeen digits that the algorithm prints', () => {
  const sums = [0.1 + 0.2, -1 / 3, 1e-17, 2 ** 52 + 0.5, 7];
  const text = ['342', ...sums.map((sum) => sum.toPrecision(17)), ''].join('\n');
  expect(parseGradient(text)).toEqual({ rows: 342, sums });
});

it.each(['', '342', '342\n1\n2\n3\n4', '1.5\n1\n2\n3\n4\n5', '2\n1\n2\n3\n4\nnan', '2\n1\n2\n3\n4\nInfinity'])(
  'parseGradient() rejects %j without repeating it',
  (text) => {
    expect(() => parseGradient(text)).toThrow(/^the result is no gradient$/);
  },
);

it('step() moves against the sum of all gradients, whoever holds how many rows', () => {
  const rows = parseRows(csv);
  const weights = [0.5, -0.25, 0.125, 1, -1];
  const parts = [rows.slice(0, 200), rows.slice(200, 330), rows.slice(330)];
  const together = step(weights, [pooledGradient(rows, weights)]);
  const apart = step(
    weights,
    parts.map((part) => pooledGradient(part, weights)),
  );
  expect(Math.max(...together.map((weight, at) => Math.abs(weight - (apart[at] ?? 0))))).toBeLessThan(1e-12);
});

it('accuracy() is the share of rows on the right side', () => {
  const rows = [
    { features: [1, 2], gentoo: 1 },
    { features: [1, -2], gentoo: 0 },
    { features: [1, -2], gentoo: 1 },
    { features: [1, 2], gentoo: 0 },
  ] as const;
  expect(accuracy(rows, [0, 1])).toBe(0.5);
  expect(accuracy(rows.slice(0, 2), [0, 1])).toBe(1);
});
