import { corrupt } from '../failure.ts';
import type { Source } from '../source.ts';

/** A part of a source with positions of its own, read through a few large chunks that stay in memory. */
export interface Region {
  /** Where it starts in the source. */
  readonly offset: number;
  /** What errors call the source. */
  readonly path: string;
  readonly size: number;
  /** Cancels every reading. */
  readonly signal: AbortSignal;
  /** Those bytes. @throws FairleadError `CORRUPT_IMAGE` */
  read(position: number, length: number): Promise<Uint8Array>;
  /** What `work` makes of those bytes, which are its own only until it returns. @throws FairleadError `CORRUPT_IMAGE` */
  use<T>(position: number, length: number, work: (bytes: Uint8Array) => T): Promise<T>;
  /** The error of a part at that position. */
  corrupt(part: string, position: number, why: string, cause?: unknown): Error;
}

/** Large enough that reading costs nothing beside expanding, small enough to keep several. */
const chunkBytes = 1_048_576;
const keptChunks = 6;

interface Chunk {
  readonly memory: Uint8Array;
  readonly reading: Promise<unknown>;
  /** Of those who wait for it or look at it. */
  users: number;
}

/** The bytes of a source from `offset` on as a region. */
export function regionOf(source: Source, { offset, size }: { readonly offset: number; readonly size: number }): Region {
  const { path, signal } = source;
  const fail: Region['corrupt'] = (part, position, why, cause) => {
    const at = offset + position;
    return corrupt({ path, where: `${part} at byte ${at}`, why, details: { offset: at }, cause });
  };
  const chunks = chunksOf(source, { offset, size });
  const use: Region['use'] = async (position, length, work) => {
    if (position < 0 || position + length > size) {
      throw fail('squashfs', position, `${length} bytes are expected here, but the file system has ${size}`);
    }
    const first = Math.floor(position / chunkBytes);
    const from = position - first * chunkBytes;
    if (from + length <= chunkBytes) return chunks(first, (bytes) => work(bytes.subarray(from, from + length)));
    const whole = new Uint8Array(length);
    for (let have = 0, index = first; have < length; index += 1) {
      have += await chunks(index, (bytes) => {
        const part = bytes.subarray(have === 0 ? from : 0).subarray(0, length - have);
        whole.set(part, have);
        return part.length;
      });
    }
    try {
      return work(whole);
    } finally {
      whole.buffer.transfer(0);
    }
  };
  const read: Region['read'] = (position, length) => use(position, length, (bytes) => new Uint8Array(bytes));
  return { offset, path, size, signal, read, use, corrupt: fail };
}

type UseChunk = <T>(index: number, work: (bytes: Uint8Array) => T) => Promise<T>;

/** Chunks by number; those used last are kept, and the memory of the others is filled again: garbage costs more than bytes. */
function chunksOf(source: Source, { offset, size }: { readonly offset: number; readonly size: number }): UseChunk {
  const chunks = new Map<number, Chunk>();
  const free: Uint8Array[] = [];
  const drop = (index: number, { memory, users }: Chunk): void => {
    chunks.delete(index);
    if (users === 0 && memory.length === chunkBytes) free.push(memory);
  };
  const load = (index: number): Chunk => {
    if (chunks.size >= keptChunks)
      for (const [oldest, chunk] of chunks) if (chunks.size >= keptChunks) drop(oldest, chunk);
    const start = index * chunkBytes;
    const length = Math.min(chunkBytes, size - start);
    const memory = length === chunkBytes ? (free.pop() ?? new Uint8Array(chunkBytes)) : new Uint8Array(length);
    return { memory, reading: fill(source, offset + start, memory), users: 0 };
  };
  return async (index, work) => {
    const chunk = chunks.get(index) ?? load(index);
    // The one used last stands last.
    chunks.delete(index);
    chunks.set(index, chunk);
    chunk.users += 1;
    try {
      await chunk.reading;
      return work(chunk.memory);
    } catch (error) {
      // A failure is told to everybody who waits, and not remembered.
      if (chunks.get(index) === chunk) chunks.delete(index);
      throw error;
    } finally {
      chunk.users -= 1;
    }
  };
}

async function fill(source: Source, offset: number, memory: Uint8Array): Promise<void> {
  if (source.readInto !== undefined) return source.readInto(offset, memory);
  memory.set(await source.read({ offset, length: memory.length }));
}
