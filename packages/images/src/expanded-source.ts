import { codecStream } from './codec-stream.ts';
import { corrupt } from './failure.ts';
import { checkBytes, checkRatio } from './layer/layer-policy.ts';
import { limits } from './limits.ts';
import type { Compression } from './oci/media-type.ts';
import type { Range, Source } from './source.ts';
import { streamReader, type ByteReader } from './tar/byte-reader.ts';

/** The compressions that can be expanded here. */
export type Compressed = Exclude<Compression, 'none'>;

/** How far content may be expanded. */
export interface ExpansionPolicy {
  /** Most bytes that come out of one archive or layer. Default 256 GiB. */
  readonly maxBytes?: number | undefined;
  /** As many times as much as is stored may come out, beyond 256 MiB. Default 1000. */
  readonly maxRatio?: number | undefined;
}

/** The compression that the first bytes of some content show. */
export function sniffCompression(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const zstd = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  return zstd ? 'zstd' : 'none';
}

/** What is expanded, and how far. */
interface ExpandOptions {
  readonly path: string;
  readonly compression: Compressed;
  readonly policy?: ExpansionPolicy | undefined;
}

/**
 * The expanded content of a stream.
 * @throws FairleadError `CORRUPT_IMAGE` where it cannot be expanded; `POLICY_DENIED` where more comes out than the policy lets
 */
export async function* expand(
  stream: AsyncIterable<Uint8Array>,
  { path, compression, policy = {} }: ExpandOptions,
): AsyncGenerator<Uint8Array, void, void> {
  let stored = 0;
  const counted = counting(stream, (bytes) => {
    stored += bytes;
  });
  let total = 0;
  try {
    for await (const chunk of codecStream(counted, compression)) {
      total += chunk.length;
      checkBytes(path, total, { maxBytes: policy.maxBytes ?? limits.expandedBytes });
      checkRatio(path, { content: total, stored }, policy);
      yield chunk;
    }
  } catch (cause) {
    if (!isCodecError(cause)) throw cause;
    const why = `its ${compression} data is damaged or cut off`;
    throw corrupt({ path, where: `after ${total} expanded bytes`, why, cause });
  }
}

async function* counting(
  stream: AsyncIterable<Uint8Array>,
  add: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of stream) {
    add(chunk.length);
    yield chunk;
  }
}

function isCodecError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:Z_|ZSTD_|ERR_ZSTD)/.test(String(error.code));
}

/**
 * The expanded content of a compressed source, without a temporary file: going forward goes on where the last reading
 * ended, going back starts again. Disposing it disposes the compressed source.
 */
export function expandedSource(source: Source, compression: Compressed, policy?: ExpansionPolicy): Source {
  const { path, signal } = source;
  const all = (): AsyncGenerator<Uint8Array, void, void> => expand(source.all(), { path, compression, policy });
  const cursor = cursorOver(() => streamReader(path, all()));
  async function* stream({ offset, length }: Range): AsyncGenerator<Uint8Array, void, void> {
    const reader = await cursor.borrow(offset);
    for (let left = length; left > 0;) {
      const part = await reader.some(left);
      left -= part.length;
      yield part;
    }
    await cursor.giveBack(reader);
  }
  const read = async (range: Range): Promise<Uint8Array> => {
    const reader = await cursor.borrow(range.offset);
    const bytes = range.length === 0 ? new Uint8Array() : await reader.take(range.length);
    await cursor.giveBack(reader);
    if (bytes !== undefined) return bytes;
    throw corrupt({ path, where: `byte ${range.offset}`, why: 'its expanded content ends here' });
  };
  const close = async (): Promise<void> => {
    await cursor[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  };
  const size = Number.POSITIVE_INFINITY;
  const { checkUnchanged } = source;
  return { path, size, signal, sequential: true, read, stream, all, checkUnchanged, [Symbol.asyncDispose]: close };
}

interface Cursor extends AsyncDisposable {
  /** A reader that stands at that place and is the borrower's alone. */
  borrow(offset: number): Promise<ByteReader>;
  giveBack(reader: ByteReader): Promise<void>;
}

/** Keeps the last reader that was given back; one that failed or was left early is not, and ends with the cursor. */
function cursorOver(open: () => ByteReader): Cursor {
  const readers = new Set<ByteReader>();
  let idle: ByteReader | undefined;
  const end = async (reader: ByteReader | undefined): Promise<void> => {
    if (reader === undefined) return;
    readers.delete(reader);
    await reader[Symbol.asyncDispose]();
  };
  return {
    async borrow(offset) {
      const kept = idle;
      idle = undefined;
      if (kept !== undefined && kept.position > offset) await end(kept);
      const reader = kept !== undefined && kept.position <= offset ? kept : open();
      readers.add(reader);
      await reader.skip(offset - reader.position);
      return reader;
    },
    async giveBack(reader) {
      await end(idle);
      idle = reader;
    },
    async [Symbol.asyncDispose]() {
      for (const reader of readers) await end(reader);
    },
  };
}
