import { accuracy, parseGradient, pooledGradient, step, weightNames, type Row } from './gradient.ts';
import type { RoundRequest } from './protocol.ts';
import type { SiteProcess } from './site-process.ts';

/** How many rounds are trained. */
export const roundCount = 20;

/** What a training gave. */
export interface Trained {
  readonly weights: readonly number[];
  readonly accuracy: number;
  /** Largest distance of any weight to the same model trained on the pooled rows. */
  readonly distance: number;
  readonly rounds: readonly Progress[];
}

/** How far a training is after a round. */
export interface Progress {
  readonly round: number;
  readonly accuracy: number;
  /** What the round took at each site. */
  readonly times: readonly { readonly site: string; readonly milliseconds: number }[];
}

/** A site as the coordinator needs it. */
type Computing = Pick<SiteProcess, 'compute'> & { readonly job: Pick<SiteProcess['job'], 'name'> };

/** A site that holds the rows of another one, on another engine: it is asked the same, and its answer is compared. */
export interface Twin {
  readonly site: Computing;
  /** Name of the other. */
  readonly of: string;
}

/** Who takes part in a training. */
export interface Training {
  readonly sites: readonly Computing[];
  readonly twins: readonly Twin[];
  /** The rows of all sites. */
  readonly rows: readonly Row[];
}

/**
 * Trains over the sites: each round all of them compute at once, and their sums are added up.
 * Rejects a round in which a twin's text is not that of its site, byte for byte.
 */
export async function train({ sites, twins, rows }: Training, onRound: (progress: Progress) => void): Promise<Trained> {
  const rounds: Progress[] = [];
  let weights: readonly number[] = weightNames.map(() => 0);
  for (let round = 1; round <= roundCount; round += 1) {
    const asked = [...sites, ...twins.map(({ site }) => site)];
    const answers = await Promise.all(asked.map((site) => askSite(site, { round, weights })));
    for (const twin of twins) requireEqual(twin, answers);
    const gradients = answers.slice(0, sites.length).map(({ text }) => parseGradient(text));
    const used = gradients.reduce((total, gradient) => total + gradient.rows, 0);
    if (used !== rows.length) throw new Error(`the sites used ${used} rows, and the pooled data has ${rows.length}`);
    weights = step(weights, gradients);
    const progress = { round, accuracy: accuracy(rows, weights), times: answers };
    rounds.push(progress);
    onRound(progress);
  }
  const pooled = trainPooled(rows);
  const distance = Math.max(...weights.map((weight, index) => Math.abs(weight - (pooled[index] ?? 0))));
  return { weights, accuracy: accuracy(rows, weights), distance, rounds };
}

async function askSite(site: Computing, request: RoundRequest) {
  return { site: site.job.name, ...(await site.compute(request)) };
}

function requireEqual({ site, of }: Twin, answers: readonly { readonly site: string; readonly text: string }[]): void {
  const textOf = (wanted: string): string | undefined => answers.find(({ site: name }) => name === wanted)?.text;
  if (textOf(of) !== undefined && textOf(site.job.name) === textOf(of)) return;
  throw new Error(`${site.job.name} and ${of} have the same rows, and did not write the same gradient`);
}

function trainPooled(rows: readonly Row[]): readonly number[] {
  let weights: readonly number[] = weightNames.map(() => 0);
  for (let round = 1; round <= roundCount; round += 1) weights = step(weights, [pooledGradient(rows, weights)]);
  return weights;
}
