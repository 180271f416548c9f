import type { Trained } from './coordinator.ts';

/** The least share of rows that the model must get right. */
const leastAccuracy = 0.95;
/** The largest distance that any weight may have to the model trained on the pooled rows. */
const largestDistance = 1e-6;

/** Rejects a training that is not as good as one on all rows in one place. A figure that is no number is rejected too. */
export function requireTrained({ accuracy, distance }: Pick<Trained, 'accuracy' | 'distance'>): void {
  if (!(distance <= largestDistance))
    throw new Error(`the weights are ${distance} away from pooled training, more than ${largestDistance}`);
  if (!(accuracy >= leastAccuracy)) throw new Error(`the accuracy is ${accuracy}, below ${leastAccuracy}`);
}
