import { eventLoopTurns } from '../event-loop-turn.ts';
import { followPath } from '../follow-path.ts';
import { limits } from '../limits.ts';
import { readDirectory } from './directory.ts';
import type { FileInode, Inode } from './inode.ts';
import type { Squashfs } from './squashfs.ts';
import { readEntry, readRoot } from './walk.ts';

/**
 * What an absolute path leads to, links followed as inside the file system: none leads out of it. Undefined if there is
 * nothing, a loop of links, or a way longer than any real one. @throws FairleadError `CORRUPT_IMAGE`
 */
export async function findFile(squashfs: Squashfs, path: string): Promise<Inode | undefined> {
  const root: Inode = await readRoot(squashfs.context);
  const steps = {
    root,
    look: (inode: Inode) => ({ type: inode.type, target: inode.type === 'symlink' ? inode.target : '' }),
    child: (folder: Inode, name: string) => findIn(squashfs, folder, name),
    turn: eventLoopTurns(squashfs.region.signal),
  };
  const followed = await followPath(steps, Buffer.from(path, 'utf8').toString('latin1'), { follow: true });
  return followed.kind === 'found' ? followed.node : undefined;
}

/**
 * Names in a folder, one after the other, so that whoever has seen enough may stop; none if there is no such folder.
 * @throws FairleadError `CORRUPT_IMAGE`
 */
export async function* folderNames(squashfs: Squashfs, path: string): AsyncGenerator<string, void, void> {
  const folder = await findFile(squashfs, path);
  if (folder?.type !== 'directory') return;
  const turn = eventLoopTurns(squashfs.region.signal);
  for await (const run of readDirectory(squashfs.context.directory, folder)) {
    for (const { name } of run) yield name;
    await turn();
  }
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

/** What has that name, byte for byte in Latin-1, in a folder. @throws FairleadError `CORRUPT_IMAGE` */
export async function findIn(squashfs: Squashfs, folder: Inode, name: string): Promise<Inode | undefined> {
  if (folder.type !== 'directory') return undefined;
  const turn = eventLoopTurns(squashfs.region.signal);
  for await (const run of readDirectory(squashfs.context.directory, folder)) {
    await turn();
    const entry = run.find((candidate) => candidate.name === name);
    if (entry !== undefined) return readEntry(squashfs.context, entry, name);
  }
  return undefined;
}
