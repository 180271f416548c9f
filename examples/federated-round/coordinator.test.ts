import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { roundCount, train, type Progress } from './coordinator.ts';
import { formatWeights, parseRows, pooledGradient, type Row } from './gradient.ts';
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
      const text = [String(used), ...sums.map((sum) => sum.toPrecision(digits))].join('\n');
      return { text, milliseconds: 7 };
    },
  };
}

const sites = (digits: number) => parts.map((part, at) => site(`site ${at}`, part, digits));

it('four sites with unequal parts train the same model as one with all rows, in at least 20 rounds', async () => {
  const told: Progress[] = [];
  const trained = await train({ sites: sites(17), twins: [], rows }, (progress) => void told.push(progress));
  expect(told.map(({ round }) => round)).toEqual(Array.from({ length: roundCount }, (_, at) => at + 1));
  expect(roundCount).toBeGreaterThanOrEqual(20);
  expect(told[0]?.times.map(({ site: name, milliseconds }) => [name, milliseconds])).toEqual(
    ['site 0', 'site 1', 'site 2', 'site 3'].map((name) => [name, 7]),
  );
  expect(trained.distance).toBeLessThan(1e-12);
  expect(() => requireTrained(trained)).not.toThrow();
});

it('the distance finds out a site that does not print all digits', async () => {
  const trained = await train({ sites: sites(4), twins: [], rows }, () => undefined);
  expect(() => requireTrained(trained)).toThrow(/^the weights are .* away from pooled training/);
});

it('rejects a round in which a site has used fewer rows than it holds', async () => {
  const short = [site('short', (parts[0] ?? []).slice(1), 17), ...sites(17).slice(1)];
  await expect(train({ sites: short, twins: [], rows }, () => undefined)).rejects.toThrow(
    `used ${rows.length - 1} rows`,
  );
});

it('a twin is compared with its site in every round and adds nothing to the model', async () => {
  const twin = { site: site('twin', parts[3] ?? [], 17), of: 'site 3' };
  const alone = await train({ sites: sites(17), twins: [], rows }, () => undefined);
  const both = await train({ sites: sites(17), twins: [twin], rows }, () => undefined);
  expect(both.weights).toEqual(alone.weights);
  expect(both.rounds[0]?.times.map(({ site: name }) => name)).toEqual(['site 0', 'site 1', 'site 2', 'site 3', 'twin']);
});

it.each([
  { why: 'its text differs in one digit', part: 3, digits: 16, of: 'site 3' },
  { why: 'it has other rows', part: 2, digits: 17, of: 'site 3' },
  { why: 'the site it is a twin of takes no part', part: 3, digits: 17, of: 'nobody' },
])('rejects a twin when $why', async ({ part, digits, of }) => {
  const twin = { site: site('twin', parts[part] ?? [], digits), of };
  const training = train({ sites: sites(17), twins: [twin], rows }, () => undefined);
  await expect(training).rejects.toThrow(`twin and ${of} have the same rows, and did not write the same gradient`);
});
