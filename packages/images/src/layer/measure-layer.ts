import { eventLoopTurns } from '../event-loop-turn.ts';
import type { FileInode } from '../squashfs/inode.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import { rawMemberHeaderBytes } from '../tar/raw-member.ts';
import { blockSize } from '../tar/tar-header.ts';
import { layerMembers, type LeftOut } from './layer-members.ts';
import { checkBytes, checkHoles, checkMembers, checkRatio, type PlanPolicy } from './layer-policy.ts';

/** What is known of a layer before anything is expanded. */
export interface LayerMeasure {
  /** Of the layer, in bytes. */
  readonly size: number;
  readonly members: number;
  /** Sockets, devices where the policy says so and, with `lossy`, what a layer cannot say. */
  readonly leftOut: Readonly<LeftOut>;
  readonly usage: LayerUsage;
}

/** Where the bytes of a layer come from. */
export interface LayerUsage {
  /** Content and headers, holes not counted. */
  readonly content: number;
  /** Zeros for holes in files, of which nothing is stored. */
  readonly holes: number;
  /** Bytes of the file system. */
  readonly stored: number;
}

/**
 * Walks all metadata once, so that what is damaged, what a layer cannot say and what expands beyond the limits is
 * refused before a byte of content is read. @throws FairleadError `CORRUPT_IMAGE`, `CONVERSION_FAILED`, `POLICY_DENIED`
 */
export async function measureLayer(squashfs: Squashfs, policy: PlanPolicy): Promise<LayerMeasure> {
  const { path } = squashfs.region;
  const leftOut: LeftOut = { sockets: 0, devices: 0, lossy: 0 };
  const usage = { content: 0, holes: 0, stored: squashfs.superblock.bytesUsed };
  let size = 2 * blockSize;
  let members = 0;
  const turn = eventLoopTurns(squashfs.region.signal);
  for await (const batch of layerMembers(squashfs, policy, leftOut)) {
    for (const { header, file } of batch) {
      members += 1;
      const headers = rawMemberHeaderBytes(header);
      size += headers + Math.ceil(header.size / blockSize) * blockSize;
      usage.content += headers;
      checkMembers(path, members, policy);
      checkBytes(path, size, policy);
      if (file === undefined) continue;
      const content = await checkFile(squashfs, file, turn);
      usage.content += content;
      usage.holes += file.size - content;
      checkHoles(path, usage.holes, policy);
    }
    checkRatio(path, usage, policy);
    await turn();
  }
  return { size, members, leftOut, usage };
}

/** Checks every block's place and gives the bytes of content that are stored, so without holes. */
async function checkFile(squashfs: Squashfs, file: FileInode, turn: () => Promise<void>): Promise<number> {
  const { blockSize: size } = squashfs.superblock;
  let content = file.fragment === undefined ? 0 : file.size % size;
  if (file.fragment !== undefined) {
    await squashfs.fragments.locate(file.fragment.index);
    const end = file.fragment.offset + content;
    if (end > size) {
      const why = `a tail ends at ${end}, but a block has ${size} bytes`;
      throw squashfs.region.corrupt('squashfs inode', file.blockList.position, why);
    }
  }
  if (file.size < size && file.fragment !== undefined) return content;
  for await (const blocks of squashfs.fileBlocks(file)) {
    for (const block of blocks) if (block.stored > 0) content += block.size;
    await turn();
  }
  return content;
}
