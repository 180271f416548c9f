import { crc32 } from 'node:zlib';

/** A part of an LZMA2 stream. */
export type MadeChunk =
  /** Zeros as they are; the first part of a stream forgets what was before it. */
  | { readonly stored: number; readonly first?: boolean }
  /** One zero, packed, before which all probabilities start anew; with properties in the first such part. */
  | { readonly reset: 'with properties' | 'alone' };

/** What one zero is packed to after a reset: literals of zeros take nothing but zeros. */
const packedZero = [0, 0, 0, 0, 0, 0];

/** An xz stream of one block that expands to zeros. Source: tukaani.org, xz-file-format.txt; 7-Zip, lzma-specification.txt. */
export function madeXz(chunks: readonly MadeChunk[]): Buffer {
  const size = chunks.reduce((sum, chunk) => sum + ('stored' in chunk ? chunk.stored : 1), 0);
  const flags = Buffer.from([0, 1]);
  // One filter, LZMA2, with a dictionary of 4 MiB.
  const head = Buffer.from([2, 0, 0x21, 1, 22, 0, 0, 0]);
  const data = Buffer.concat([...chunks.map(chunkBytes), Buffer.of(0)]);
  return Buffer.concat([
    Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
    flags,
    checkOf(flags),
    head,
    checkOf(head),
    data,
    Buffer.alloc((4 - (data.length & 3)) & 3),
    checkOf(Buffer.alloc(size)),
  ]);
}

function chunkBytes(chunk: MadeChunk): Buffer {
  if ('reset' in chunk) {
    const first = chunk.reset === 'with properties';
    const head = [first ? 0xe0 : 0xa0, 0, 0, 0, packedZero.length - 1];
    return Buffer.from([...head, ...(first ? [0x5d] : []), ...packedZero]);
  }
  const last = chunk.stored - 1;
  return Buffer.concat([
    Buffer.from([chunk.first === true ? 1 : 2, last >>> 8, last & 0xff]),
    Buffer.alloc(chunk.stored),
  ]);
}

function checkOf(bytes: Uint8Array): Buffer {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(crc32(bytes));
  return four;
}
