import type { FileInode } from '../squashfs/inode.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import { rawMemberHeader } from '../tar/raw-member.ts';
import { blockSize } from '../tar/tar-header.ts';
import type { LayerMember } from './layer-members.ts';
import { OutputLane } from './output-lane.ts';

/**
 * The tar of these members. Blocks ahead are expanded on other threads while earlier ones are on their way out.
 * @throws FairleadError `CORRUPT_IMAGE`
 */
export async function* layerBytes(
  squashfs: Squashfs,
  members: AsyncIterable<readonly LayerMember[]>,
): AsyncGenerator<Uint8Array, void, void> {
  const lane = new OutputLane(squashfs.region.signal);
  const filling = fill(squashfs, members, lane);
  for (let step = await filling.next(); step.done !== true; step = await filling.next()) {
    while (lane.full) {
      const chunk = await lane.advance();
      if (chunk !== undefined) yield chunk;
    }
  }
  lane.zeros(2 * blockSize);
  for (let chunk = await lane.finish(); chunk !== undefined; chunk = await lane.finish()) yield chunk;
}

/** Puts members into the lane, and yields whenever it is full. */
async function* fill(
  squashfs: Squashfs,
  members: AsyncIterable<readonly LayerMember[]>,
  lane: OutputLane,
): AsyncGenerator<void, void, void> {
  for await (const batch of members) {
    for (const { header, file } of batch) {
      lane.bytes(rawMemberHeader(header));
      if (file !== undefined && hasBlocks(squashfs, file)) yield* fillBlocks(squashfs, file, lane);
      if (file?.fragment !== undefined) {
        lane.later(squashfs.blocks.tail(file), file.size % squashfs.superblock.blockSize);
      }
      lane.zeros((blockSize - (header.size % blockSize)) % blockSize);
      if (lane.full) yield;
    }
  }
}

function hasBlocks({ superblock }: Squashfs, { fragment, size }: FileInode): boolean {
  return fragment === undefined || size >= superblock.blockSize;
}

async function* fillBlocks(squashfs: Squashfs, file: FileInode, lane: OutputLane): AsyncGenerator<void, void, void> {
  for await (const run of squashfs.fileBlocks(file)) {
    for (const block of run) {
      if (block.stored === 0) lane.zeros(block.size);
      else lane.later(squashfs.blocks.block(block), block.size);
      if (lane.full) yield;
    }
  }
}
