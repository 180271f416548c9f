import { FairleadError } from '@fairlead/core';
import { eventLoopTurns } from '../event-loop-turn.ts';
import { limits } from '../limits.ts';
import { readDirectory, shown, type DirectoryContext, type DirectoryEntry } from './directory.ts';
import type { DirectoryInode, Inode } from './inode.ts';
import { readInode, type InodeContext } from './read-inode.ts';

/** Something met on a walk. */
export interface WalkEntry {
  /** Relative to the root, byte for byte in Latin-1; empty for the root itself. */
  readonly path: string;
  readonly inode: Inode;
  /** Path under which the same inode was met first: this is a hard link. */
  readonly linkTo: string | undefined;
}

/** What walking needs. */
export interface WalkContext {
  readonly inode: InodeContext;
  readonly directory: DirectoryContext;
  readonly root: { readonly block: number; readonly offset: number };
}

interface Folder {
  readonly path: string;
  readonly runs: AsyncGenerator<readonly DirectoryEntry[], void, void>;
  run: readonly DirectoryEntry[];
  at: number;
}

/** Entries given at once: a turn of the event loop for each would cost more than reading it. */
const batchEntries = 256;

/**
 * Everything in the file system, a folder before its content, names in the order of their bytes; so the order depends
 * on the content alone. @throws FairleadError `CORRUPT_IMAGE` for loops, and for types and numbers that do not agree
 */
export async function* walk(
  context: WalkContext,
  maxDepth: number = limits.folderDepth,
): AsyncGenerator<readonly WalkEntry[], void, void> {
  const visited = new Uint8Array(Math.ceil((context.inode.inodes + 1) / 8));
  const links = new Map<number, FirstLink>();
  const turn = eventLoopTurns(context.inode.region.signal);
  const root = await readRoot(context);
  markVisited(context, visited, { number: root.number, path: '' });
  let batch: WalkEntry[] = [{ path: '', inode: root, linkTo: undefined }];
  const folders: Folder[] = [folderOf(context, '', root)];
  for (let folder = folders.at(-1); folder !== undefined; folder = folders.at(-1)) {
    const entry = folder.run[folder.at] ?? (await nextRun(folder, turn));
    if (entry === undefined) {
      folders.pop();
      continue;
    }
    folder.at += 1;
    const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`;
    const inode = await readEntry(context, entry, path);
    batch.push({ path, inode, linkTo: linkOf(context, links, { inode, path, place: entry.inode }) });
    if (inode.type === 'directory') {
      markVisited(context, visited, { number: inode.number, path });
      checkDepth(context, path, { depth: folders.length, maxDepth });
      folders.push(folderOf(context, path, inode));
    }
    if (batch.length < batchEntries) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The folder that everything is in. @throws FairleadError `CORRUPT_IMAGE` */
export async function readRoot({ inode: context, root }: WalkContext): Promise<DirectoryInode> {
  const { region, table } = context;
  if (root.block > region.size) throw region.corrupt('squashfs root', 32, 'it lies outside the file system');
  const inode = await readInode(context, root);
  if (inode.type === 'directory') return inode;
  throw region.corrupt('squashfs root', table + root.block, `it is a ${inode.type}, not a folder`);
}

/** The inode of a name. @throws FairleadError `CORRUPT_IMAGE` if it is not what the folder says */
export async function readEntry(
  { inode: context }: Pick<WalkContext, 'inode'>,
  entry: DirectoryEntry,
  path: string,
): Promise<Inode> {
  const inode = await readInode(context, entry.inode);
  const position = context.table + entry.inode.block;
  if (inode.type !== entry.type) {
    const why = `${shown(path)} is a ${entry.type} in its folder and a ${inode.type} in its inode`;
    throw context.region.corrupt('squashfs inode', position, why);
  }
  if (inode.number === entry.number) return inode;
  const why = `${shown(path)} has number ${entry.number} in its folder and ${inode.number} in its inode`;
  throw context.region.corrupt('squashfs inode', position, why);
}

function folderOf({ directory }: WalkContext, path: string, inode: DirectoryInode): Folder {
  return { path, runs: readDirectory(directory, inode), run: [], at: 0 };
}

/** Takes a turn of the event loop where it is time for one: a folder may have millions of names. */
async function nextRun(folder: Folder, turn: () => Promise<void>): Promise<DirectoryEntry | undefined> {
  await turn();
  const next = await folder.runs.next();
  folder.run = next.done === true ? [] : next.value;
  folder.at = 0;
  return folder.run[0];
}

/** A folder has one place; one met again is a loop, or a second link to it. */
function markVisited(
  { inode: { region, table } }: WalkContext,
  visited: Uint8Array,
  { number, path }: { readonly number: number; readonly path: string },
): void {
  const bit = 1 << (number & 7);
  const bits = visited[number >>> 3] ?? 0;
  if ((bits & bit) !== 0) throw region.corrupt('squashfs folder', table, `${shown(path)} has been met before: a loop`);
  visited[number >>> 3] = bits | bit;
}

/** A name of an inode that has several. */
interface FirstLink {
  readonly path: string;
  readonly place: DirectoryEntry['inode'];
}

/** @throws FairleadError `CORRUPT_IMAGE` for two inodes of one number: as links to each other, one of them would be lost */
function linkOf(
  { inode: { region, table } }: WalkContext,
  links: Map<number, FirstLink>,
  { inode, path, place }: FirstLink & { readonly inode: Inode },
): string | undefined {
  if (inode.type === 'directory' || inode.links < 2) return undefined;
  const first = links.get(inode.number);
  if (first === undefined) links.set(inode.number, { path, place });
  if (first === undefined || (first.place.block === place.block && first.place.offset === place.offset)) {
    return first?.path;
  }
  const why = `${shown(path)} and ${shown(first.path)} are two files of number ${inode.number}`;
  throw region.corrupt('squashfs inode', table + place.block, why);
}

function checkDepth(
  { inode: { region } }: WalkContext,
  path: string,
  { depth, maxDepth }: { readonly depth: number; readonly maxDepth: number },
): void {
  if (depth < maxDepth && path.length <= limits.nameBytes) return;
  throw new FairleadError({
    code: 'POLICY_DENIED',
    message: `${JSON.stringify(region.path)}: ${shown(path)} lies ${depth} folders deep in ${path.length} bytes of path`,
    hint: `At most ${limits.nameBytes} bytes and ${maxDepth} folders are unpacked. Raise maxDepth if you trust this image.`,
    details: { path: region.path, where: 'squashfs folder', maxDepth },
  });
}
