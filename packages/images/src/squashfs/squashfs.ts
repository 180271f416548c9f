import { FairleadError } from '@fairlead/core';
import { quote } from '../failure.ts';
import { limits } from '../limits.ts';
import type { Source } from '../source.ts';
import { blocksOf, type Blocks } from './blocks.ts';
import { codecOf } from './codec.ts';
import { fileBlocks, type StoredBlock } from './file-blocks.ts';
import { fragmentsOf, type Fragments } from './fragments.ts';
import type { FileInode } from './inode.ts';
import { lookupTable, readIds, type LookupTable, type TableFields } from './lookup-table.ts';
import { metadataOf } from './metadata.ts';
import { regionOf, type Region } from './region.ts';
import { readSquashfsSuperblock, type SquashfsSuperblock } from './squashfs-superblock.ts';
import { walk, type WalkContext, type WalkEntry } from './walk.ts';
import { openXattrs, type Xattrs } from './xattrs.ts';

/** An open squashfs file system. Reading it is lazy: only the superblock and the owners have been read. */
export interface Squashfs {
  /** What it was opened from. */
  readonly source: Source;
  readonly superblock: SquashfsSuperblock;
  readonly region: Region;
  readonly context: WalkContext;
  readonly blocks: Blocks;
  readonly fragments: Fragments;
  readonly xattrs: Xattrs;
  /** Everything in it, a folder before its content, in the order of the bytes of names. */
  walk(maxDepth?: number): AsyncGenerator<readonly WalkEntry[], void, void>;
  /** The stored blocks of a file, some at a time, without its tail. */
  fileBlocks(inode: FileInode): AsyncGenerator<readonly StoredBlock[], void, void>;
}

/** How to open a file system. */
interface OpenSquashfsOptions {
  /** Bytes that it may lie in. Default: to the end of the source. */
  readonly size?: number | undefined;
  /** Default 4,194,304. */
  readonly maxInodes?: number | undefined;
}

/**
 * Opens a squashfs 4.0 file system that starts at `offset` of a source and may have `size` bytes. Positions and counts are checked where they are
 * used, against the file system's own size. Source of the format: squashfs-tools-ng, doc/format.adoc.
 * @throws FairleadError `CORRUPT_IMAGE`; `INVALID_IMAGE` for another version and for a compressor that is not read;
 * `POLICY_DENIED` for more inodes than the limit
 */
export async function openSquashfs(
  source: Source,
  offset: number,
  { size = source.size - offset, maxInodes = limits.inodes }: OpenSquashfsOptions = {},
): Promise<Squashfs> {
  const superblock = await readSquashfsSuperblock(source, offset, size);
  const { tables, blockSize, inodes, root } = superblock;
  if (inodes > maxInodes) throw tooMany(source.path, inodes, maxInodes);
  const codec = codecOf(source.path, superblock.compression);
  const region = regionOf(source, { offset, size: superblock.bytesUsed });
  const metadata = metadataOf(region, codec);
  const table: WithFile = (fields) => ({ ...fields, region, metadata });
  const idTable = table({ name: 'squashfs id table', position: tables.ids, count: superblock.ids, recordBytes: 4 });
  const ids = await readIds(lookupTable(idTable));
  const data = { region, metadata, blockSize, dataEnd: tables.inodes };
  const fragments = fragmentsOf(data, fragmentTable(superblock, table));
  const context: WalkContext = {
    inode: { region, metadata, inodes, blockSize, ids, table: tables.inodes },
    directory: { region, metadata, table: tables.directories },
    root,
  };
  return {
    source,
    superblock,
    region,
    context,
    blocks: blocksOf({ ...data, codec, fragments }),
    fragments,
    xattrs: await openXattrs(region, metadata, tables.xattrs),
    walk: (maxDepth) => walk(context, maxDepth),
    fileBlocks: (inode) => fileBlocks(data, inode),
  };
}

type WithFile = (fields: Omit<TableFields, 'region' | 'metadata'>) => TableFields;

function fragmentTable({ tables, fragments }: SquashfsSuperblock, withFile: WithFile): LookupTable | undefined {
  if (tables.fragments === undefined) return undefined;
  const fields = { name: 'squashfs fragment table', position: tables.fragments, count: fragments, recordBytes: 16 };
  return lookupTable(withFile(fields));
}

function tooMany(path: string, inodes: number, most: number): FairleadError {
  return new FairleadError({
    code: 'POLICY_DENIED',
    message: `${quote(path)} says that it holds ${inodes} files; at most ${most} are read`,
    hint: 'Raise maxMembers if you trust this image.',
    details: { path, where: 'squashfs superblock', inodes, maxMembers: most },
  });
}
