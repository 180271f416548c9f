import { corrupt, invalidImage } from '../failure.ts';
import type { Source } from '../source.ts';

/** Where a record lies in a stream of metadata: a block relative to its table, and an offset in the expanded block. */
export interface MetadataRef {
  readonly block: number;
  readonly offset: number;
}

/** What the superblock of a squashfs file system tells. Source: squashfs-tools-ng, doc/format.adoc. */
export interface SquashfsSuperblock {
  readonly inodes: number;
  readonly blockSize: number;
  readonly compression: SquashfsCompression;
  /** Length of the file system in bytes, without padding. */
  readonly bytesUsed: number;
  readonly fragments: number;
  readonly ids: number;
  readonly root: MetadataRef;
  /** Positions relative to the superblock; undefined for a table that the image does not have. */
  readonly tables: {
    readonly ids: number;
    readonly inodes: number;
    readonly directories: number;
    readonly fragments: number | undefined;
    readonly xattrs: number | undefined;
  };
}

/** The compressors of the format. */
export type SquashfsCompression = 'gzip' | 'lzma' | 'lzo' | 'xz' | 'lz4' | 'zstd';

/** Bytes of a superblock. */
const superblockBytes = 96;

const compressions: readonly (SquashfsCompression | undefined)[] = [
  undefined,
  'gzip',
  'lzma',
  'lzo',
  'xz',
  'lz4',
  'zstd',
];

/** Whether some bytes start a squashfs file system. */
export function startsLikeSquashfs(head: Uint8Array, offset: number): boolean {
  return Buffer.from(head.subarray(offset, offset + 4)).toString('latin1') === 'hsqs';
}

/**
 * Reads and checks a superblock of a file system that may have `available` bytes.
 * @throws FairleadError `CORRUPT_IMAGE` with field and offset; `INVALID_IMAGE` for another version
 */
export async function readSquashfsSuperblock(
  source: Source,
  offset: number,
  available: number = source.size - offset,
): Promise<SquashfsSuperblock> {
  const { path, size } = source;
  const bytes = await source.read({ offset, length: superblockBytes });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bad = (field: string, at: number, why: string): Error =>
    corrupt({ path, where: `squashfs ${field} at byte ${offset + at}`, why, details: { field, offset: offset + at } });
  if (!startsLikeSquashfs(bytes, 0)) throw bad('magic', 0, 'this is no squashfs');
  const [major, minor] = [view.getUint16(28, true), view.getUint16(30, true)];
  if (major !== 4)
    throw invalidImage(path, `is squashfs ${major}.${minor}; only 4.0 is known`, 'Make it again with mksquashfs.');
  const blockSize = view.getUint32(12, true);
  const blockLog = view.getUint16(22, true);
  if (blockLog < 12 || blockLog > 20 || blockSize !== 2 ** blockLog) {
    const why = `${blockSize} is not a power of two from 4 KiB to 1 MiB, as its logarithm ${blockLog} says`;
    throw bad('block size', 12, why);
  }
  const compression = compressions[view.getUint16(20, true)];
  if (compression === undefined) throw bad('compressor', 20, 'it is unknown');
  const bytesUsed = view.getBigUint64(40, true);
  if (bytesUsed < BigInt(superblockBytes)) throw bad('bytes used', 40, `${bytesUsed} is less than the superblock`);
  if (bytesUsed > BigInt(available)) {
    const [end, whole] = [bytesUsed + BigInt(offset), available === size - offset ? 'the file' : 'its partition'];
    throw bad('bytes used', 40, `it ends at byte ${end}, but ${whole} at ${offset + available}: it is truncated`);
  }
  const root = view.getBigUint64(32, true);
  return {
    inodes: view.getUint32(4, true),
    blockSize,
    compression,
    bytesUsed: Number(bytesUsed),
    fragments: view.getUint32(16, true),
    ids: view.getUint16(26, true),
    root: { block: Number(root >> 16n), offset: Number(root & 0xffffn) },
    tables: tablesOf(view, bytesUsed, bad),
  };
}

/** A table that is not there has all bits set. */
const absent = 0xffff_ffff_ffff_ffffn;

function tablesOf(
  view: DataView,
  bytesUsed: bigint,
  bad: (field: string, at: number, why: string) => Error,
): SquashfsSuperblock['tables'] {
  const position = (field: string, at: number): number | undefined => {
    const value = view.getBigUint64(at, true);
    if (value === absent) return undefined;
    if (value >= BigInt(superblockBytes) && value < bytesUsed) return Number(value);
    throw bad(field, at, `${value} is not inside the file system, which has ${bytesUsed} bytes`);
  };
  const needed = (field: string, at: number): number => {
    const value = position(field, at);
    if (value === undefined) throw bad(field, at, 'it is missing');
    return value;
  };
  const inodes = needed('inode table', 64);
  const directories = needed('directory table', 72);
  if (directories < inodes) throw bad('directory table', 72, `${directories} lies before the inode table at ${inodes}`);
  const fragments = position('fragment table', 80);
  return { ids: needed('id table', 48), inodes, directories, fragments, xattrs: position('xattr table', 56) };
}
