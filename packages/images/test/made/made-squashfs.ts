import { unedited, FieldWriter, type Edit } from './field-writer.ts';
import { packBlock, type MadeCompression } from './pack-block.ts';
import { SquashfsContent } from './squashfs-content.ts';
import { writeInodes } from './squashfs-inodes.ts';
import { MetadataStream } from './metadata-stream.ts';
import type { MadeFolder } from './squashfs-tree.ts';
import { absent, Tables } from './squashfs-tables.ts';
import { writeXattrs, type MadeXattr } from './squashfs-xattrs.ts';

/** How to write a file system. */
export interface MadeOptions {
  readonly compression?: MadeCompression;
  /** Compress metadata too; stored as it is by default, so that bytes can be found. */
  readonly packMetadata?: boolean;
  readonly blockSize?: number;
  /** Numbers of owners. */
  readonly ids?: readonly number[];
  /** Sets of attributes, which nodes name by index. */
  readonly xattrs?: readonly (readonly MadeXattr[])[];
  /** Bytes of nothing between the superblock and the content: what reads them reads content. */
  readonly gapBytes?: number;
  /** What each block of some metadata expands to, by the name of its stream. Default 8192. */
  readonly blockBytes?: Readonly<Partial<Record<'inode table' | 'folder table' | 'attributes', number>>>;
  readonly edit?: Edit;
}

const numbers: Readonly<Record<MadeCompression, number>> = { gzip: 1, lzma: 2, lzo: 3, xz: 4, lz4: 5, zstd: 6 };

/**
 * A squashfs file system of a tree, written from the format's description alone: every field has a name under which it
 * can be given a wrong value, and nothing is checked. Source: squashfs-tools-ng, doc/format.adoc.
 */
export function madeSquashfs(tree: MadeFolder, options: MadeOptions = {}): Buffer {
  const { compression = 'gzip', blockSize = 4096, ids = [0, 1000], gapBytes = 0, edit = unedited } = options;
  const pack = options.packMetadata === true ? packBlock(compression) : undefined;
  const content = new SquashfsContent({ compression, blockSize, start: 96 + gapBytes });
  const short: Readonly<Record<string, number>> = options.blockBytes ?? {};
  const stream = (name: string): MetadataStream => new MetadataStream(name, { edit, pack, blockBytes: short[name] });
  const { inodes, folders, root, count } = writeInodes(tree, { content, blockSize, edit, stream });
  const data = content.done();
  const inodeTable = 96 + gapBytes + data.length;
  const inodeBytes = inodes.done();
  const folderTable = inodeTable + inodeBytes.length;
  const tables = new Tables(edit, folderTable + folders.done().length);
  const fragmentTable = tables.lookup('fragment table', stream, (table) => content.writeFragments(table));
  const idTable = tables.lookup('id table', stream, (table) => {
    for (const [at, id] of ids.entries()) table.record((fields) => fields.field(`owner ${at}`, 4, id));
    return ids.length;
  });
  const xattrTable = options.xattrs === undefined ? absent : writeXattrs(options.xattrs, { tables, stream, edit });
  const superblock = superblockOf(edit, {
    inodes: count,
    blockSize,
    fragments: content.fragments,
    compression: numbers[compression],
    ids: ids.length,
    root: (BigInt(root.block) << 16n) | BigInt(root.offset),
    bytesUsed: tables.end,
    tables: [idTable, xattrTable, inodeTable, folderTable, fragmentTable, absent],
  });
  return Buffer.concat([superblock, Buffer.alloc(gapBytes), data, inodeBytes, folders.done(), ...tables.parts]);
}

interface Superblock {
  readonly inodes: number;
  readonly blockSize: number;
  readonly fragments: number;
  readonly compression: number;
  readonly ids: number;
  readonly root: bigint;
  readonly bytesUsed: number;
  readonly tables: readonly (number | bigint)[];
}

function superblockOf(edit: Edit, fields: Superblock): Buffer {
  const writer = new FieldWriter(edit);
  const put = (name: string, bytes: 2 | 4 | 8, value: number | bigint): void =>
    writer.field(`superblock ${name}`, bytes, value);
  put('magic', 4, 0x7371_7368);
  put('inodes', 4, fields.inodes);
  put('mtime', 4, 1_600_000_000);
  put('block size', 4, fields.blockSize);
  put('fragments', 4, fields.fragments);
  put('compressor', 2, fields.compression);
  put('block log', 2, Math.log2(fields.blockSize));
  put('flags', 2, 0);
  put('ids', 2, fields.ids);
  put('major', 2, 4);
  put('minor', 2, 0);
  put('root', 8, fields.root);
  put('bytes used', 8, fields.bytesUsed);
  const names = ['id table', 'xattr table', 'inode table', 'folder table', 'fragment table', 'export table'];
  for (const [at, name] of names.entries()) put(name, 8, fields.tables[at] ?? absent);
  return writer.done();
}
