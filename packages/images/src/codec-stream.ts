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
    let left: Uint8Array | undefined = new Uint8Array();
    while (left !== undefined) {
      const behind: Uint8Array | undefined = yield* frame(codecOf(compression), input, left);
      left = compression === 'zstd' ? behind : undefined;
    }
  } finally {
    await input.return?.();
  }
}

function codecOf(compression: 'gzip' | 'zstd'): Codec {
  const chunkSize = 128 * 1024;
  return compression === 'gzip' ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
}

/** What one codec expands; its value at the end is the input that it left, undefined if there was no more. */
async function* frame(
  codec: Codec,
  input: AsyncIterator<Uint8Array>,
  first: Uint8Array,
): AsyncGenerator<Uint8Array, Uint8Array | undefined, void> {
  const feeding = feed(codec, input, first).catch((error: unknown) => {
    codec.destroy(error instanceof Error ? error : new Error('the input failed', { cause: error }));
    return undefined;
  });
  try {
    // Without an encoding, chunks of a codec are bytes.
    for await (const chunk of codec) yield chunk as Uint8Array;
  } finally {
    codec.destroy();
  }
  return await feeding;
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
  for (let chunk = first; !codec.destroyed;) {
    const before = codec.bytesWritten;
    if (chunk.length > 0) await write(chunk);
    const used = codec.bytesWritten - before;
    if (used < chunk.length) return chunk.subarray(used);
    const next = await input.next();
    if (next.done === true) break;
    chunk = next.value;
  }
  if (!codec.destroyed) codec.end();
  return undefined;
}
