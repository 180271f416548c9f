import { createHash } from 'node:crypto';
import { sha256Hex, type Digest } from './oci/digest.ts';
import type { Source } from './source.ts';

const chunkBytes = 524_288;

/** The sha256 of all bytes of a source, in slices of less than a millisecond; `onBytes` is told how many it has been. */
export async function sourceDigest(source: Source, onBytes: (bytes: number) => void): Promise<Digest> {
  const hash = createHash('sha256');
  let bytes = 0;
  const add = (chunk: Uint8Array): void => {
    hash.update(chunk);
    bytes += chunk.length;
    onBytes(bytes);
  };
  const { size, readInto } = source;
  if (readInto === undefined) for await (const chunk of source.all()) add(chunk);
  else {
    const memory = new Uint8Array(Math.min(chunkBytes, size));
    for (let at = 0; at < size; at += chunkBytes) {
      const chunk = memory.subarray(0, Math.min(chunkBytes, size - at));
      await readInto(at, chunk);
      add(chunk);
    }
  }
  return sha256Hex(hash.digest('hex'));
}
