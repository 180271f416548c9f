import { deflateSync, zstdCompressSync } from 'node:zlib';

/** The compressors of the format; what is made here is packed by those of Node alone, the others store. */
export type MadeCompression = 'gzip' | 'lzma' | 'lzo' | 'xz' | 'lz4' | 'zstd';

/** How a compressor of Node packs a block; undefined for the others. */
export function packBlock(compression: MadeCompression): ((bytes: Uint8Array) => Buffer) | undefined {
  if (compression === 'gzip') return (bytes) => deflateSync(bytes);
  if (compression === 'zstd') return (bytes) => zstdCompressSync(bytes);
  return undefined;
}
