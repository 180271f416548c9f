import { eventLoopTurns } from '../event-loop-turn.ts';
import { limits } from '../limits.ts';
import { readDirectory, type DirectoryEntry } from './directory.ts';
import type { DirectoryInode, FileInode, Inode } from './inode.ts';
import type { Squashfs } from './squashfs.ts';
import { readEntry, readRoot } from './walk.ts';

/** Links followed on the way to one file; Linux stops at the same number. */
const mostLinks = 40;

/**
 * What an absolute path leads to, links followed as inside the file system: none leads out of it. Undefined if there is
 * nothing, a loop of links, or a way longer than any real one. @throws FairleadError `CORRUPT_IMAGE`
 */
export async function findFile(squashfs: Squashfs, path: string): Promise<Inode | undefined> {
  const left = path.split('/').filter(Boolean).toReversed();
  const root = await readRoot(squashfs.context);
  let folders: DirectoryInode[] = [root];
  let found: Inode = root;
  let links = 0;
  let lookups = 0;
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (name === '.') continue;
    if (name === '..') {
      folders = folders.length > 1 ? folders.slice(0, -1) : folders;
      found = folders.at(-1) ?? root;
      continue;
    }
    lookups += 1;
    // A few links of thousands of parts, in a large folder, would else cost hours.
    if (found.type !== 'directory' || lookups > limits.lookups) return undefined;
    const inode = await findIn(squashfs, found, name);
    if (inode === undefined) return undefined;
    if (inode.type === 'symlink') {
      links += 1;
      if (links > mostLinks) return undefined;
      if (inode.target.startsWith('/')) folders = [root];
      left.push(...inode.target.split('/').filter(Boolean).toReversed());
      found = folders.at(-1) ?? root;
      continue;
    }
    found = inode;
    if (inode.type === 'directory') folders.push(inode);
  }
  return found;
}

/** Names in a folder; empty if there is no such folder. @throws FairleadError `CORRUPT_IMAGE` */
export async function listFolder(squashfs: Squashfs, path: string): Promise<readonly DirectoryEntry[]> {
  const folder = await findFile(squashfs, path);
  if (folder?.type !== 'directory') return [];
  const names: DirectoryEntry[] = [];
  for await (const run of readDirectory(squashfs.context.directory, folder)) names.push(...run);
  return names;
}

/** The content of a small file. @throws FairleadError `CORRUPT_IMAGE`, also if it is larger than a description */
export async function readSmallFile(squashfs: Squashfs, file: FileInode): Promise<Buffer> {
  const { blocks, region } = squashfs;
  if (file.size > limits.jsonBytes) {
    const why = `it has ${file.size} bytes; a description has at most ${limits.jsonBytes}`;
    throw region.corrupt('squashfs inode', file.blockList.position, why);
  }
  const parts: Uint8Array[] = [];
  for await (const run of squashfs.fileBlocks(file)) {
    for (const block of run) parts.push(block.stored === 0 ? new Uint8Array(block.size) : await blocks.block(block));
  }
  if (file.fragment !== undefined) parts.push(await blocks.tail(file));
  return Buffer.concat(parts);
}

async function findIn(squashfs: Squashfs, folder: DirectoryInode, name: string): Promise<Inode | undefined> {
  const turn = eventLoopTurns(squashfs.region.signal);
  for await (const run of readDirectory(squashfs.context.directory, folder)) {
    await turn();
    const entry = run.find((candidate) => candidate.name === name);
    if (entry !== undefined) return readEntry(squashfs.context, entry, name);
  }
  return undefined;
}
