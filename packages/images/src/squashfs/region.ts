import { corrupt } from '../failure.ts';
import type { Source } from '../source.ts';

/** A part of a source with positions of its own, read through a few large chunks that stay in memory. */
export interface Region {
  /** What errors call the source. */
  readonly path: string;
  readonly size: number;
  /** Cancels every reading. */
  readonly signal: AbortSignal;
  /** Those bytes; they may share memory with other reads, so they must not be changed. @throws FairleadError `CORRUPT_IMAGE` */
  read(position: number, length: number): Promise<Uint8Array>;
  /** The error of a part at that position. */
  corrupt(part: string, position: number, why: string, cause?: unknown): Error;
}

/** Large enough that reading costs nothing beside expanding, small enough to keep several. */
const chunkBytes = 1_048_576;
const keptChunks = 8;

/** The bytes of a source from `offset` on as a region. */
export function regionOf(source: Source, { offset, size }: { readonly offset: number; readonly size: number }): Region {
  const chunks = new Map<number, Promise<Uint8Array>>();
  const fail: Region['corrupt'] = (part, position, why, cause) => {
    const at = offset + position;
    return corrupt({ path: source.path, where: `${part} at byte ${at}`, why, details: { offset: at }, cause });
  };
  const chunk = (index: number): Promise<Uint8Array> => {
    const kept = chunks.get(index);
    if (kept !== undefined) return kept;
    const start = index * chunkBytes;
    const reading = source.read({ offset: offset + start, length: Math.min(chunkBytes, size - start) });
    chunks.set(index, reading);
    if (chunks.size > keptChunks)
      for (const oldest of chunks.keys()) if (chunks.size > keptChunks) chunks.delete(oldest);
    // A failure is told to everybody who waits, and not remembered.
    reading.catch(() => chunks.delete(index));
    return reading;
  };
  const read = async (position: number, length: number): Promise<Uint8Array> => {
    if (position < 0 || position + length > size) {
      throw fail('squashfs', position, `${length} bytes are expected here, but the file system has ${size}`);
    }
    const first = Math.floor(position / chunkBytes);
    const from = position - first * chunkBytes;
    if (from + length <= chunkBytes) return (await chunk(first)).subarray(from, from + length);
    const whole = new Uint8Array(length);
    for (let have = 0, index = first; have < length; index += 1) {
      const part = (await chunk(index)).subarray(have === 0 ? from : 0).subarray(0, length - have);
      whole.set(part, have);
      have += part.length;
    }
    return whole;
  };
  return { path: source.path, size, signal: source.signal, read, corrupt: fail };
}
