import { corrupt, invalidImage } from '../failure.ts';
import type { Source } from '../source.ts';

/** Bytes from the start of the file system to the end of its superblock. */
const reach = 2048;

const superblock = 1024;
const magicOffset = superblock + 56;
const hasJournal = 0x4;
/** What engines mount: file types in folders, a journal to replay, meta block groups. */
const knownIncompatible = 0x2 | 0x4 | 0x10;

/** Whether some bytes start a file system of the ext family. */
export function startsLikeExt(head: Uint8Array, offset: number): boolean {
  return head[offset + magicOffset] === 0x53 && head[offset + magicOffset + 1] === 0xef;
}

/**
 * Checks that it is ext3 and whole. Source: Linux kernel, Documentation/filesystems/ext4/super.rst.
 * @throws FairleadError `CORRUPT_IMAGE` where it is truncated, `INVALID_IMAGE` for ext2 and ext4
 */
export async function checkExt3(source: Source, offset: number): Promise<void> {
  const { path, size } = source;
  const bytes = await source.read({ offset, length: reach });
  const view = new DataView(bytes.buffer, bytes.byteOffset + superblock, reach - superblock);
  const compatible = view.getUint32(92, true);
  const incompatible = view.getUint32(96, true);
  if ((compatible & hasJournal) === 0 || (incompatible & ~knownIncompatible) !== 0) {
    const version = (compatible & hasJournal) === 0 ? 'ext2' : 'ext4';
    throw invalidImage(
      path,
      `is a file system of type ${version}; only ext3 can be run`,
      'Make it with mke2fs -t ext3.',
    );
  }
  const logBlock = view.getUint32(24, true);
  const bytesUsed = logBlock > 6 ? Number.NaN : view.getUint32(4, true) * 1024 * 2 ** logBlock;
  if (bytesUsed <= size - offset) return;
  const why = Number.isNaN(bytesUsed)
    ? `a block size of 2^${logBlock} KiB`
    : `it ends at byte ${offset + bytesUsed}, but the file at ${size}: it is truncated`;
  throw corrupt({ path, where: `ext3 superblock at byte ${offset + superblock}`, why });
}
