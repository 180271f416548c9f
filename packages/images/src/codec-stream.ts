import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';

type Codec = Gunzip | ZstdDecompress;

/**
 * What a compressed stream expands to, frame after frame: Node's zstd stops behind the first one, though a file may have
 * many, and what is no frame at all has to be an error. Node's gunzip goes on by itself.
 */
export async function* codecStream(
  stream: AsyncIterable<Uint8Array>,
  compression: 'gzip' | 'zstd',
): AsyncGenerator<Uint8Array, void, void> {
  const input = stream[Symbol.asyncIterator]();
  try {
    for (let rest: Uint8Array | undefined = new Uint8Array(); rest !== undefined;) {
      const codec = codecOf(compression);
      const feeding = feed(codec, input, rest);
      try {
        for await (const chunk of codec) yield asBytes(chunk);
      } finally {
        codec.destroy();
      }
      const left: Uint8Array | undefined = await feeding;
      rest = compression === 'zstd' ? left : undefined;
    }
  } finally {
    await input.return?.();
  }
}

function codecOf(compression: 'gzip' | 'zstd'): Codec {
  const chunkSize = 128 * 1024;
  return compression === 'gzip' ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
}

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a codec gave something that is no bytes');
}

/** Gives the codec its input, and tells what it did not take because a frame had ended; undefined at the end of all. */
async function feed(
  codec: Codec,
  input: AsyncIterator<Uint8Array>,
  first: Uint8Array,
): Promise<Uint8Array | undefined> {
  let resume = (): void => undefined;
  codec.once('close', () => resume());
  const write = (chunk: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      resume = resolve;
      codec.write(chunk, () => resolve());
    });
  try {
    for (let chunk = first; !codec.destroyed;) {
      const before = codec.bytesWritten;
      if (chunk.length > 0) await write(chunk);
      const used = codec.bytesWritten - before;
      if (used < chunk.length) return chunk.subarray(used);
      const next = await input.next();
      if (next.done === true) {
        if (!codec.destroyed) codec.end();
        return undefined;
      }
      chunk = next.value;
    }
  } catch (error) {
    codec.destroy(error instanceof Error ? error : new Error('the input failed', { cause: error }));
  }
  return undefined;
}
