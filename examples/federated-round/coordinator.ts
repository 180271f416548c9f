import { accuracy, pooledGradient, step, weightNames, type Row } from './gradient.ts';
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

/** Trains over the sites: each round all of them compute at once, and their sums are added up. */
export async function train(
  sites: readonly Computing[],
  rows: readonly Row[],
  onRound: (progress: Progress) => void,
): Promise<Trained> {
  const rounds: Progress[] = [];
  let weights: readonly number[] = weightNames.map(() => 0);
  for (let round = 1; round <= roundCount; round += 1) {
    const answers = await Promise.all(sites.map((site) => askSite(site, { round, weights })));
    const used = answers.reduce((total, { gradient }) => total + gradient.rows, 0);
    if (used !== rows.length) throw new Error(`the sites used ${used} rows, and the pooled data has ${rows.length}`);
    weights = step(
      weights,
      answers.map(({ gradient }) => gradient),
    );
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

function trainPooled(rows: readonly Row[]): readonly number[] {
  let weights: readonly number[] = weightNames.map(() => 0);
  for (let round = 1; round <= roundCount; round += 1) weights = step(weights, [pooledGradient(rows, weights)]);
  return weights;
}
