import { createHash } from 'node:crypto';
import { sha256Hex, type Digest } from './digest.ts';

/** The chunks as they come; their sha256 is the value returned at the end. */
export async function* hashed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, Digest, void> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  return sha256Hex(hash.digest('hex'));
}
