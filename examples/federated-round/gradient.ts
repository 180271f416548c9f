/** Names of the weights, in their order. */
export const weightNames = ['intercept', 'bill length', 'bill depth', 'flipper length', 'body mass'] as const;

// Step width of one round.
const learningRate = 4;

/** What one site tells of its rows: how many it used, and the sums over them. */
export interface Gradient {
  readonly rows: number;
  readonly sums: readonly number[];
}

/** A penguin as the model sees it. */
export interface Row {
  readonly features: readonly number[];
  readonly gentoo: 0 | 1;
}

/** The rows of a CSV that have all measurements; scaled as in `algorithm/gradient.awk`. */
export function parseRows(csv: string): readonly Row[] {
  return csv
    .split('\n')
    .slice(1)
    .flatMap((line): Row[] => {
      const [species, , ...rest] = line.split(',');
      const measured = rest.slice(0, 4).map(Number);
      if (measured.length < 4 || measured.some(Number.isNaN)) return [];
      const [length = 0, depth = 0, flipper = 0, mass = 0] = measured;
      const features = [1, (length - 44) / 5.5, (depth - 17) / 2, (flipper - 201) / 14, (mass - 4200) / 800];
      return [{ features, gentoo: species === 'Gentoo' ? 1 : 0 }];
    });
}

/** The gradient over rows that are all in one place. */
export function pooledGradient(rows: readonly Row[], weights: readonly number[]): Gradient {
  const sums = weights.map(() => 0);
  for (const { features, gentoo } of rows) {
    const error = 1 / (1 + Math.exp(-score(features, weights))) - gentoo;
    for (const [index, value] of features.entries()) sums[index] = (sums[index] ?? 0) + error * value;
  }
  return { rows: rows.length, sums };
}

/** The weights after one step against the sum of all sites' gradients. */
export function step(weights: readonly number[], gradients: readonly Gradient[]): readonly number[] {
  const rows = gradients.reduce((total, gradient) => total + gradient.rows, 0);
  return weights.map((weight, index) => {
    const sum = gradients.reduce((total, { sums }) => total + (sums[index] ?? 0), 0);
    return weight - (learningRate * sum) / rows;
  });
}

/** The share of rows that the model gets right. */
export function accuracy(rows: readonly Row[], weights: readonly number[]): number {
  const right = rows.filter(({ features, gentoo }) => score(features, weights) > 0 === (gentoo === 1));
  return right.length / rows.length;
}

/** The model as the algorithm reads it: one weight a line, each the shortest text that means the same double. */
export function formatWeights(weights: readonly number[]): string {
  return `${weights.join('\n')}\n`;
}

/** Reads what the algorithm wrote: the number of rows and the sums, a line each. */
export function parseGradient(text: string): Gradient {
  const [rows = Number.NaN, ...sums] = text.trim().split('\n').map(Number);
  const whole = Number.isSafeInteger(rows) && sums.length === weightNames.length;
  if (!whole || !sums.every(Number.isFinite)) throw new Error('the result is no gradient');
  return { rows, sums };
}

function score(features: readonly number[], weights: readonly number[]): number {
  return features.reduce((total, value, index) => total + value * (weights[index] ?? 0), 0);
}
