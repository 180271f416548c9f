import { setImmediate } from 'node:timers/promises';
import { inflate, inflateSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { expandLz4Block } from '../decoders/lz4-block.ts';
import { expandLzo1x } from '../decoders/lzo1x.ts';
import { expandXz } from '../decoders/xz.ts';
import { invalidImage } from '../failure.ts';
import type { SquashfsCompression } from './squashfs-superblock.ts';

/** Expands the blocks of one compressor. */
export interface Codec {
  /** At once: for metadata, whose blocks are small. @throws any error for damaged input, or for more than `limit` bytes */
  expand(bytes: Uint8Array, limit: number): Uint8Array;
  /** Elsewhere than on the caller's thread, where that is possible. Rejects as `expand` throws. */
  expandAside(bytes: Uint8Array, limit: number): Promise<Uint8Array>;
}

/** @throws FairleadError `INVALID_IMAGE` for a compressor that is not read here */
export function codecOf(path: string, compression: SquashfsCompression): Codec {
  if (compression !== 'lzma') return codecs[compression];
  throw invalidImage(
    path,
    'is compressed with lzma, the form before xz, which is not read here',
    'Build it again: apptainer build --mksquashfs-args "-comp gzip" NEW.sif OLD.sif',
  );
}

// An output buffer as large as the block spares zlib from growing it: a fifth of the time.
const options = (limit: number): { readonly chunkSize: number; readonly maxOutputLength: number } => ({
  chunkSize: Math.max(limit, 64),
  maxOutputLength: limit,
});

const gzip: Codec = {
  expand: (bytes, limit) => inflateSync(bytes, options(limit)),
  expandAside: (bytes, limit) =>
    new Promise((resolve, reject) => {
      inflate(bytes, options(limit), (error, result) => (error === null ? resolve(result) : reject(error)));
    }),
};

const zstd: Codec = {
  expand: (bytes, limit) => zstdDecompressSync(bytes, options(limit)),
  expandAside: (bytes, limit) =>
    new Promise((resolve, reject) => {
      zstdDecompress(bytes, options(limit), (error, result) => (error === null ? resolve(result) : reject(error)));
    }),
};

/** A decoder of our own: there is none in Node, so it runs on the caller's thread, with a turn of the event loop for each block. */
function ownCodec(expand: Codec['expand']): Codec {
  const expandAside: Codec['expandAside'] = async (bytes, limit) => {
    await setImmediate();
    return expand(bytes, limit);
  };
  return { expand, expandAside };
}

const codecs: Readonly<Record<Exclude<SquashfsCompression, 'lzma'>, Codec>> = {
  gzip,
  zstd,
  xz: ownCodec(expandXz),
  lz4: ownCodec(expandLz4Block),
  lzo: ownCodec(expandLzo1x),
};
