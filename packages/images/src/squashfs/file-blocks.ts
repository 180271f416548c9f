import type { FileInode } from './inode.ts';
import type { Metadata, MetadataPlace } from './metadata.ts';
import type { Region } from './region.ts';

/** A block of a file as it is stored. */
export interface StoredBlock {
  readonly position: number;
  /** Bytes stored; 0 for a hole. */
  readonly stored: number;
  readonly compressed: boolean;
  /** Bytes of content. */
  readonly size: number;
}

/** What listing blocks needs. */
export interface BlockContext {
  readonly region: Region;
  readonly metadata: Metadata;
  readonly blockSize: number;
  /** Where content has to end: the position of the table of inodes. */
  readonly dataEnd: number;
}

const blocksAtOnce = 1024;
const uncompressed = 0x100_0000;

/**
 * The blocks of a file, some at a time, without the tail that lies in a fragment.
 * @throws FairleadError `CORRUPT_IMAGE` for a block outside the content of the file system
 */
export async function* fileBlocks(
  { region, metadata, blockSize, dataEnd }: BlockContext,
  inode: FileInode,
): AsyncGenerator<readonly StoredBlock[], void, void> {
  const count = inode.fragment === undefined ? Math.ceil(inode.size / blockSize) : Math.floor(inode.size / blockSize);
  let place: MetadataPlace = inode.blockList;
  let position = inode.start;
  for (let at = 0; at < count;) {
    const length = Math.min(blocksAtOnce, count - at);
    const { bytes, end } = await metadata.read(place, length * 4);
    place = end;
    const blocks: StoredBlock[] = [];
    for (let index = 0; index < length; index += 1) {
      const word = bytes.readUInt32LE(index * 4);
      const stored = word & 0xff_ffff;
      const size = Math.min(blockSize, inode.size - (at + index) * blockSize);
      const block = { position, stored, compressed: (word & uncompressed) === 0, size };
      checkBlock(region, block, { blockSize, dataEnd });
      blocks.push(block);
      position += stored;
    }
    yield blocks;
    at += length;
  }
}

/** @throws FairleadError `CORRUPT_IMAGE` for a block that is larger than blocks are, or lies elsewhere than content does */
export function checkBlock(
  region: Region,
  { position, stored, compressed, size }: StoredBlock,
  { blockSize, dataEnd }: Pick<BlockContext, 'blockSize' | 'dataEnd'>,
): void {
  if (stored === 0 && !compressed) throw region.corrupt('squashfs block', position, 'it is stored as it is, but empty');
  if (stored > blockSize) {
    throw region.corrupt('squashfs block', position, `${stored} bytes are stored, but a block has ${blockSize}`);
  }
  if (!compressed && stored > 0 && stored !== size) {
    throw region.corrupt(
      'squashfs block',
      position,
      `${stored} bytes are stored as they are, but ${size} are expected`,
    );
  }
  if (stored > 0 && (position < 96 || position + stored > dataEnd)) {
    throw region.corrupt('squashfs block', position, `it lies outside the content, which ends at ${dataEnd}`);
  }
}
