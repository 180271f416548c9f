import { FairleadError } from '@fairlead/core';
import type { Codec } from './codec.ts';
import type { BlockContext, StoredBlock } from './file-blocks.ts';
import type { Fragments } from './fragments.ts';
import type { FileInode } from './inode.ts';

/** Expands the content of a file system. */
export interface Blocks {
  /** A block of a file, not a hole. @throws FairleadError `CORRUPT_IMAGE` */
  block(block: StoredBlock): Promise<Uint8Array>;
  /** The end of a file, which lies in a block with others'; some such blocks are kept. @throws FairleadError `CORRUPT_IMAGE` */
  tail(file: FileInode): Promise<Uint8Array>;
}

/** Tails are packed in the order in which files are walked, so few blocks are in use at a time. */
const keptFragments = 16;

/** Reads and expands blocks. */
export function blocksOf(context: BlockContext & { readonly codec: Codec; readonly fragments: Fragments }): Blocks {
  const { region, blockSize, fragments } = context;
  const kept = new Map<number, Promise<Uint8Array>>();
  const block = async (stored: StoredBlock): Promise<Uint8Array> => {
    const bytes = await expand(context, stored);
    if (bytes.length === stored.size) return bytes;
    throw region.corrupt('squashfs block', stored.position, `it expands to ${bytes.length} bytes, not ${stored.size}`);
  };
  const fragment = (index: number): Promise<Uint8Array> => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const reading = fragments.locate(index).then((stored) => expand(context, stored));
    reading.catch(() => kept.delete(index));
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size >= keptFragments) kept.delete(oldest);
    kept.set(index, reading);
    return reading;
  };
  const tail: Blocks['tail'] = async (file) => {
    const { index, offset } = file.fragment ?? { index: 0, offset: 0 };
    const length = file.size % blockSize;
    if (length === 0) return new Uint8Array();
    const bytes = await fragment(index);
    if (offset + length <= bytes.length) return bytes.subarray(offset, offset + length);
    const why = `a tail ends at ${offset + length} of fragment ${index}, which has ${bytes.length} bytes`;
    throw region.corrupt('squashfs inode', file.blockList.position, why);
  };
  return { block, tail };
}

async function expand(
  { region, codec, blockSize }: BlockContext & { readonly codec: Codec },
  { position, stored, compressed }: StoredBlock,
): Promise<Uint8Array> {
  const bytes = await region.read(position, stored);
  if (!compressed) return bytes;
  try {
    return await codec.expandAside(bytes, blockSize);
  } catch (cause) {
    region.signal.throwIfAborted();
    if (FairleadError.is(cause)) throw cause;
    throw region.corrupt('squashfs block', position, 'it cannot be expanded: it is damaged', cause);
  }
}
