import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { roundCount, train, type Progress } from './coordinator.ts';
import { formatWeights, parseGradient, parseRows, pooledGradient, type Row } from './gradient.ts';
import type { RoundRequest } from './protocol.ts';
import { requireTrained } from './requirements.ts';
import { shares, splitRows } from './split-data.ts';

const csv = await readFile(new URL('data/penguins.csv', import.meta.url), 'utf8');
const parts = splitRows(csv, shares).map(parseRows);
const rows = parts.flat();

/** A site that computes as the algorithm does, and prints this many digits. */
function site(name: string, part: readonly Row[], digits: number) {
  return {
    job: { name },
    async compute({ weights }: RoundRequest) {
      const read = formatWeights(weights).trimEnd().split('\n').map(Number);
      const { rows: used, sums } = pooledGradient(part, read);
      const printed = [String(used), ...sums.map((sum) => sum.toPrecision(digits))].join('\n');
      return { gradient: parseGradient(printed), milliseconds: 7 };
    },
  };
}

const sites = (digits: number) => parts.map((part, at) => site(`site ${at}`, part, digits));

it('four sites with unequal parts train the same model as one with all rows, in at least 20 rounds', async () => {
  const told: Progress[] = [];
  const trained = await train(sites(17), rows, (progress) => void told.push(progress));
  expect(told.map(({ round }) => round)).toEqual(Array.from({ length: roundCount }, (_, at) => at + 1));
  expect(roundCount).toBeGreaterThanOrEqual(20);
  expect(told[0]?.times.map(({ site: name, milliseconds }) => [name, milliseconds])).toEqual(
    ['site 0', 'site 1', 'site 2', 'site 3'].map((name) => [name, 7]),
  );
  expect(trained.distance).toBeLessThan(1e-12);
  expect(() => requireTrained(trained)).not.toThrow();
});

it('the distance finds out a site that does not print all digits', async () => {
  const trained = await train(sites(4), rows, () => undefined);
  expect(() => requireTrained(trained)).toThrow(/^the weights are .* away from pooled training/);
});

it('rejects a round in which a site has used fewer rows than it holds', async () => {
  const short = [site('short', (parts[0] ?? []).slice(1), 17), ...sites(17).slice(1)];
  await expect(train(short, rows, () => undefined)).rejects.toThrow(`used ${rows.length - 1} rows`);
});
