import { createHash } from 'node:crypto';
import { corrupt } from '../failure.ts';
import type { Digest } from './digest.ts';

/** What some bytes have to be. */
export interface Expected {
  readonly digest: Digest;
  /** Undefined: as many as come. */
  readonly size: number | undefined;
  /** Path of the image, and which part of it the bytes are. */
  readonly path: string;
  readonly where: string;
}

/**
 * The bytes of a stream, verified on the way: the last chunk is only given when the digest holds, so whoever reads
 * forged content never gets the whole of it.
 * @throws FairleadError `CORRUPT_IMAGE`
 */
export async function* verify(
  stream: AsyncIterable<Uint8Array>,
  { digest, size, path, where }: Expected,
): AsyncGenerator<Uint8Array, void, void> {
  const hash = createHash(digest.algorithm);
  let have = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of stream) {
    if (held !== undefined) yield held;
    held = chunk;
    have += chunk.length;
    hash.update(chunk);
    if (size !== undefined && have > size) break;
  }
  if (size !== undefined && have !== size) {
    throw corrupt({ path, where, why: `it does not have the ${size} bytes that were promised` });
  }
  if (hash.digest('hex') !== digest.hex) {
    throw corrupt({ path, where, why: `its content is not ${digest.text}` });
  }
  if (held !== undefined) yield held;
}
