import { checkBlock, type BlockContext, type StoredBlock } from './file-blocks.ts';
import type { LookupTable } from './lookup-table.ts';

/** Where the blocks lie that hold the tails of files. */
export interface Fragments {
  /** What is stored of a fragment block, without reading it. @throws FairleadError `CORRUPT_IMAGE` */
  locate(index: number): Promise<StoredBlock>;
}

const uncompressed = 0x100_0000;

/** Reads the table of fragments where it is asked for; undefined: the image has none. */
export function fragmentsOf(context: BlockContext, table: LookupTable | undefined): Fragments {
  const { region } = context;
  const find = async (index: number): Promise<StoredBlock> => {
    if (table === undefined) {
      throw region.corrupt('squashfs superblock', 80, `fragment ${index} is asked for, but there is no table of them`);
    }
    const record = await table.record(index);
    const word = record.readUInt32LE(8);
    const stored = word & 0xff_ffff;
    // How much a fragment block holds is not stored: only what it expands to tells.
    const block = {
      position: Number(record.readBigUInt64LE(0)),
      stored,
      compressed: (word & uncompressed) === 0,
      size: stored,
    };
    if (stored === 0) throw region.corrupt('squashfs fragment', block.position, 'it is empty');
    checkBlock(region, block, context);
    return block;
  };
  let last: { readonly index: number; readonly block: Promise<StoredBlock> } | undefined;
  const locate = (index: number): Promise<StoredBlock> => {
    // One after the other, files have their tails in the same fragment.
    if (last?.index !== index) last = { index, block: find(index) };
    return last.block;
  };
  return { locate };
}
