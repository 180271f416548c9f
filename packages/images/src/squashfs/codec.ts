import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { expandLz4Block } from '../decoders/lz4-block.ts';
import { expandLzo1x } from '../decoders/lzo1x.ts';
import { expandXz } from '../decoders/xz.ts';
import { invalidImage } from '../failure.ts';
import type { SquashfsCompression } from './squashfs-superblock.ts';

/** Expands the blocks of one compressor. */
export interface Codec {
  /** At once, into memory of its own. @throws any error for damaged input, or for more than `limit` bytes */
  expand(bytes: Uint8Array, limit: number): Uint8Array;
  /** Gives that memory back at once: waiting for the garbage collector would cost as much again as all the rest. */
  release(expanded: Uint8Array, limit: number): void;
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

/**
 * Room for one byte more than there can be spares zlib from asking for a second buffer, which takes a quarter of the
 * time; and so much is not cut out of Node's pool of small buffers.
 */
function roomOf(limit: number): number {
  return Math.max(limit + 1, 65_537);
}

const options = (limit: number): { readonly chunkSize: number; readonly maxOutputLength: number } => ({
  chunkSize: roomOf(limit),
  maxOutputLength: limit,
});

/** Detaching is how memory is given back; whatever has another size may be shared with others. */
function detach({ buffer }: Uint8Array, ownBytes: number): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === ownBytes) buffer.transfer(0);
}

function nodeCodec(expand: Codec['expand']): Codec {
  return { expand, release: (bytes, limit) => detach(bytes, roomOf(limit)) };
}

function ownCodec(expand: Codec['expand']): Codec {
  return { expand, release: (bytes, limit) => detach(bytes, limit) };
}

const codecs: Readonly<Record<Exclude<SquashfsCompression, 'lzma'>, Codec>> = {
  gzip: nodeCodec((bytes, limit) => inflateSync(bytes, options(limit))),
  zstd: nodeCodec((bytes, limit) => zstdDecompressSync(bytes, options(limit))),
  xz: ownCodec(expandXz),
  lz4: ownCodec(expandLz4Block),
  lzo: ownCodec(expandLzo1x),
};
