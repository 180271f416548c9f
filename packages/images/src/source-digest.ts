import { createHash } from 'node:crypto';
import { sha256Hex, type Digest } from './oci/digest.ts';
import type { Source } from './source.ts';
import { answerOf } from './thread/threads.ts';

/** Below that size hashing takes less time than starting a thread. */
const threadBytes = 134_217_728;
const chunkBytes = 524_288;

/** The sha256 of all bytes of a source; of a large one, computed by a thread of its own. */
export async function sourceDigest(source: Source): Promise<Digest> {
  const apart = source.size < threadBytes ? undefined : await source.threads?.ask<string>({ kind: 'digest' });
  return sha256Hex(apart === undefined ? await digestHere(source) : await answerOf(apart));
}

/** The same on this thread, in hex. */
export async function digestHere(source: Source): Promise<string> {
  const hash = createHash('sha256');
  const { size, readInto } = source;
  if (readInto === undefined) for await (const chunk of source.all()) hash.update(chunk);
  else {
    const memory = new Uint8Array(Math.min(chunkBytes, size));
    for (let at = 0; at < size; at += chunkBytes) {
      const chunk = memory.subarray(0, Math.min(chunkBytes, size - at));
      await readInto(at, chunk);
      hash.update(chunk);
    }
  }
  return hash.digest('hex');
}
