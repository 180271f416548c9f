import type { Codec } from './codec.ts';
import { expandedFragments } from './expanded-fragments.ts';
import { useExpanded, type ExpandContext } from './expanded-block.ts';
import type { BlockContext, StoredBlock } from './file-blocks.ts';
import type { Fragments } from './fragments.ts';
import type { FileInode } from './inode.ts';

/** Expands the content of a file system. */
export interface Blocks {
  /** A block of a file, not a hole. @throws FairleadError `CORRUPT_IMAGE` */
  block(block: StoredBlock): Promise<Uint8Array>;
  /** The end of a file, which lies in a block with others'; some such blocks are kept. @throws FairleadError `CORRUPT_IMAGE` */
  tail(file: FileInode): Promise<Uint8Array>;
  /** What `work` makes of a block, whose memory is used again as soon as it returns. @throws FairleadError `CORRUPT_IMAGE` */
  useBlock<T>(block: StoredBlock, work: (bytes: Uint8Array) => T): Promise<T>;
  /** The same of the end of a file. @throws FairleadError `CORRUPT_IMAGE` */
  useTail<T>(file: FileInode, work: (bytes: Uint8Array) => T): Promise<T>;
}

/** Reads and expands blocks. */
export function blocksOf(fields: BlockContext & { readonly codec: Codec; readonly fragments: Fragments }): Blocks {
  const { region, blockSize, fragments } = fields;
  const context: ExpandContext = fields;
  const useFragment = expandedFragments(context, fragments);
  const useBlock: Blocks['useBlock'] = (stored, work) =>
    useExpanded(context, stored, (bytes) => {
      if (bytes.length === stored.size) return work(bytes);
      const why = `it expands to ${bytes.length} bytes, not ${stored.size}`;
      throw region.corrupt('squashfs block', stored.position, why);
    });
  const useTail: Blocks['useTail'] = async (file, work) => {
    const { index, offset } = file.fragment ?? { index: 0, offset: 0 };
    const length = file.size % blockSize;
    if (length === 0) return work(new Uint8Array());
    return useFragment(index, (bytes) => {
      if (offset + length <= bytes.length) return work(bytes.subarray(offset, offset + length));
      const why = `a tail ends at ${offset + length} of fragment ${index}, which has ${bytes.length} bytes`;
      throw region.corrupt('squashfs inode', file.blockList.position, why);
    });
  };
  const block: Blocks['block'] = (stored) => useBlock(stored, copyOf);
  const tail: Blocks['tail'] = (file) => useTail(file, copyOf);
  return { block, tail, useBlock, useTail };
}

/** Not `slice`, which for a Buffer copies nothing. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
