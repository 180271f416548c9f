import { expect, it } from 'vitest';
import { benchmarks, formatRows, limitRow, toRows, type Benchmark } from './rows.ts';

const benchmark: Benchmark = { name: 'unit/x', place: 'here', rounds: 3, bars: { requests: 1.15, cli: 1 } };
const samples = { fairlead: [12, 11, 100], requests: [10, 10, 10], cli: [40, 24, 1] };

it('a row is the ratio of two medians of one run, with its bar and whether it holds', () => {
  expect(toRows(benchmark, samples)).toEqual([
    {
      name: 'unit/x',
      against: 'requests',
      unit: 'ms',
      value: 12,
      reference: 10,
      ratio: 1.2,
      bar: 1.15,
      holds: false,
    },
    { name: 'unit/x', against: 'cli', unit: 'ms', value: 12, reference: 24, ratio: 0.5, bar: 1, holds: true },
  ]);
});

it('a row without samples holds nothing', () => {
  expect(toRows(benchmark, {}).map(({ holds }) => holds)).toEqual([false, false]);
});

it('a limit is judged by the worst round: one that exceeds it is one too many', () => {
  const limit = { name: 'images/x timer late', unit: 'ms', most: 50 } as const;
  expect(limitRow(limit, [3, 51, 2, 1, 4])).toEqual({
    name: 'images/x timer late',
    against: 'at most',
    unit: 'ms',
    value: 51,
    reference: 50,
    ratio: 1.02,
    bar: 1,
    holds: false,
  });
  expect(limitRow(limit, [3, 50, 2]).holds).toBe(true);
  expect(limitRow(limit, []).holds).toBe(false);
});

it('the table says of each row whether it holds or misses its bar', () => {
  const [, requests, cli] = formatRows(toRows(benchmark, samples)).split('\n');
  expect(requests).toMatch(/^unit\/x +requests +12\.0 +10\.0 +ms +1\.200 +1\.15 +misses$/);
  expect(cli).toMatch(/^unit\/x +cli +12\.0 +24\.0 +ms +0\.500 +1 +holds$/);
});

it('measures a unit of work against requests and command line, supervision against exec, and the import against zod', () => {
  const told = benchmarks.map(({ name, bars }) => [name, bars]);
  expect(Object.fromEntries(told)).toEqual({
    'unit/docker': { requests: 1.15, cli: 1 },
    'unit/podman-rootless': { requests: 1.15, cli: 1 },
    'unit/apptainer': { exec: 1.15 },
    import: { zod: 1.3 },
  });
  expect(Math.min(...benchmarks.map(({ rounds }) => rounds))).toBeGreaterThanOrEqual(15);
});
