import { FairleadError } from '@fairlead/core';
import type { StoredLayer } from '../convert/stored-image.ts';
import { eventLoopTurns } from '../event-loop-turn.ts';
import { expand } from '../expanded-source.ts';
import { quote } from '../failure.ts';
import { limits } from '../limits.ts';
import { streamReader, type ByteReader } from '../tar/byte-reader.ts';
import type { TarEntry } from '../tar/tar-entry.ts';

/** A layer that is a tar, and what reading it again needs. */
export interface TarLayer {
  readonly layer: StoredLayer;
  /** What errors call the image. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Where a file's content lies in its layer: all that is kept of the file's headers. */
export type TarPlace = Pick<TarEntry, 'offset' | 'size' | 'sparse'>;

/** Gives the content of a file of a layer, which is read up to it each time. */
export function tarContent(from: TarLayer, entry: TarPlace): () => AsyncGenerator<Uint8Array, void, void> {
  const { offset, size, sparse } = entry;
  const place: TarPlace = { offset, size, sparse };
  return () => contentAt(from, place);
}

async function* contentAt(
  { layer, path, signal }: TarLayer,
  { offset, size, sparse }: TarPlace,
): AsyncGenerator<Uint8Array, void, void> {
  if (size > limits.expandedBytes) throw tooLarge(path, size);
  const { compression } = layer;
  const stored = layer.stream();
  await using reader = streamReader(path, compression === 'none' ? stored : expand(stored, { path, compression }));
  await reader.skip(offset);
  if (sparse === undefined) return yield* bytesOf(reader, size);
  const turn = eventLoopTurns(signal);
  let at = 0;
  for (let pair = 0; pair < sparse.length; pair += 2) {
    const [start = at, length = 0] = [sparse[pair], sparse[pair + 1]];
    yield* zeros(start - at, turn);
    yield* bytesOf(reader, length);
    at = start + length;
  }
  return yield* zeros(size - at, turn);
}

async function* bytesOf(reader: ByteReader, length: number): AsyncGenerator<Uint8Array, void, void> {
  for (let left = length; left > 0;) {
    const part = await reader.some(left);
    left -= part.length;
    yield part;
  }
}

async function* zeros(length: number, turn: () => Promise<void>): AsyncGenerator<Uint8Array, void, void> {
  for (let left = length; left > 0; left -= chunkBytes) {
    await turn();
    yield new Uint8Array(Math.min(left, chunkBytes));
  }
}

const chunkBytes = 65_536;

function tooLarge(path: string, size: number): FairleadError {
  return new FairleadError({
    code: 'POLICY_DENIED',
    message: `${quote(path)} has a sparse file of ${size} bytes; at most ${limits.expandedBytes} are read`,
    details: { path, where: 'sparse file', size, maxBytes: limits.expandedBytes },
  });
}
