import { eventLoopTurns } from '../event-loop-turn.ts';
import { readDirectory } from '../squashfs/directory.ts';
import { findIn } from '../squashfs/find-file.ts';
import type { DirectoryInode, FileInode, Inode } from '../squashfs/inode.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import { readEntry } from '../squashfs/walk.ts';
import type { NodeFacts, TreeNode } from './tree-node.ts';

/** Something in a squashfs; nothing else of the file system is read than what is asked for. */
export function squashfsNode(squashfs: Squashfs, inode: Inode): TreeNode {
  return {
    facts: factsOf(inode),
    async child(name) {
      const found = await findIn(squashfs, inode, name);
      return found && squashfsNode(squashfs, found);
    },
    children: () => childrenOf(squashfs, inode.type === 'directory' ? inode : undefined),
    content: () => squashfsContent(squashfs, inode),
  };
}

/** What an inode says, in the words of every image. */
export function factsOf(inode: Inode): NodeFacts {
  const { type, mode, uid, gid, mtimeSeconds } = inode;
  const device = 'major' in inode ? inode : { major: 0, minor: 0 };
  return {
    type,
    mode,
    uid,
    gid,
    mtimeSeconds,
    size: inode.type === 'file' ? inode.size : 0,
    target: inode.type === 'symlink' ? inode.target : '',
    major: device.major,
    minor: device.minor,
  };
}

async function* childrenOf(
  squashfs: Squashfs,
  folder: DirectoryInode | undefined,
): AsyncGenerator<readonly [string, TreeNode], void, void> {
  if (folder === undefined) return;
  const turn = eventLoopTurns(squashfs.region.signal);
  for await (const run of readDirectory(squashfs.context.directory, folder)) {
    for (const entry of run) {
      yield [entry.name, squashfsNode(squashfs, await readEntry(squashfs.context, entry, entry.name))];
      await turn();
    }
  }
}

/** The content of a file, block by block. @throws FairleadError `CORRUPT_IMAGE` */
export async function* squashfsContent(squashfs: Squashfs, inode: Inode): AsyncGenerator<Uint8Array, void, void> {
  if (inode.type !== 'file') return;
  const turn = eventLoopTurns(squashfs.region.signal);
  for await (const run of hasBlocks(squashfs, inode) ? squashfs.fileBlocks(inode) : []) {
    for (const block of run) {
      yield block.stored === 0 ? new Uint8Array(block.size) : await squashfs.blocks.block(block);
      await turn();
    }
  }
  if (inode.fragment !== undefined) yield await squashfs.blocks.tail(inode);
}

function hasBlocks({ superblock }: Squashfs, { fragment, size }: FileInode): boolean {
  return fragment === undefined || size >= superblock.blockSize;
}
