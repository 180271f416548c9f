import { eventLoopTurns } from '../event-loop-turn.ts';
import type { FileInode } from '../squashfs/inode.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import { rawMemberHeader } from '../tar/raw-member.ts';
import { blockSize } from '../tar/tar-header.ts';
import { ChunkOutput, type NewChunk } from './chunk-output.ts';
import type { LayerMember } from './layer-members.ts';

type Chunks = AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>;

/**
 * The tar of these members, expanded on this thread, which gets a turn of its event loop every few milliseconds.
 * @throws FairleadError `CORRUPT_IMAGE`
 */
export async function* layerBytes(
  squashfs: Squashfs,
  members: AsyncIterable<readonly LayerMember[]>,
  newChunk: NewChunk,
): Chunks {
  const output = new ChunkOutput(newChunk);
  const turn = eventLoopTurns(squashfs.region.signal);
  for await (const batch of members) {
    for (const { header, file } of batch) {
      output.bytes(rawMemberHeader(header));
      if (file !== undefined && hasBlocks(squashfs, file)) yield* blockChunks(squashfs, file, { output, turn });
      if (file?.fragment !== undefined) await squashfs.blocks.useTail(file, (bytes) => output.bytes(bytes));
      output.bytes(padding.subarray(0, (blockSize - (header.size % blockSize)) % blockSize));
      if (output.full) yield* output.take();
      await turn();
    }
  }
  output.bytes(padding);
  yield* output.finish();
  // Who has cancelled meanwhile does not get an end that looks whole.
  squashfs.region.signal.throwIfAborted();
}

/** What ends an archive; less of it fills the last block of a member. */
const padding = new Uint8Array(2 * blockSize);

function hasBlocks({ superblock }: Squashfs, { fragment, size }: FileInode): boolean {
  return fragment === undefined || size >= superblock.blockSize;
}

interface Outlet {
  readonly output: ChunkOutput;
  readonly turn: () => Promise<void>;
}

async function* blockChunks(squashfs: Squashfs, file: FileInode, { output, turn }: Outlet): Chunks {
  for await (const run of squashfs.fileBlocks(file)) {
    for (const block of run) {
      if (block.stored === 0) output.zeros(block.size);
      else await squashfs.blocks.useBlock(block, (bytes) => output.bytes(bytes));
      if (output.full) yield* output.take();
      await turn();
    }
  }
}
