import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

/** A mutated image, and what may come of it. */
export interface FuzzCase {
  /** Which image was mutated. */
  readonly seed: string;
  /** What was done to it, step by step. */
  readonly notes: readonly string[];
  /**
   * `same`: what was changed means nothing, so the output is the seed's. `same or refused`: digests or checks guard
   * everything. `any`: the mutation may have made another valid image.
   */
  readonly expected: 'same' | 'same or refused' | 'any';
  /** The digest of what the readers make of it. @throws what they refuse it with */
  run(): Promise<string>;
  /** The digest of what they make of the seed. */
  clean(): Promise<string>;
}

/** Readers that belong together, and how their input is mutated. */
export interface FuzzFamily {
  readonly name: string;
  /** How many of a hundred cases it gets. */
  readonly share: number;
  prepare(random: Random): FuzzCase;
}

/** More came out than any of these small images can hold. */
class OutputBudgetError extends Error {
  override readonly name = 'OutputBudgetError';
}

/** What a case may give, and what its layers may have. */
export const outputBytes = 8_388_608;

/** A case may read its image so often, and some more; what reads more goes round in circles. */
export function readBudget(image: Uint8Array): number {
  return image.length * 200 + 67_108_864;
}

/** The digest of a stream that is not longer than a case may give. */
export async function digestOf(
  stream: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void = () => undefined,
): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > outputBytes + 1_048_576) throw new OutputBudgetError(`more than ${outputBytes} bytes came out`);
    hash.update(chunk);
    onChunk(chunk);
  }
  return hash.digest('hex');
}

/** Runs a thing once, however often it is asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
