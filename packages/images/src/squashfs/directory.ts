import type { DirectoryInode, Inode } from './inode.ts';
import { inodeTypes } from './inode.ts';
import { take, type Metadata, type MetadataPlace } from './metadata.ts';
import type { Region } from './region.ts';

/** A name in a folder, byte for byte in Latin-1, and where its inode lies. */
export interface DirectoryEntry {
  readonly name: string;
  readonly type: Inode['type'];
  readonly number: number;
  readonly inode: { readonly block: number; readonly offset: number };
}

/** What reading a folder needs. */
export interface DirectoryContext {
  readonly region: Region;
  readonly metadata: Metadata;
  /** Position of the table of directories. */
  readonly table: number;
}

/** Names under one header, at most. */
const runEntries = 256;
const headerBytes = 12;
/** A name and what stands before it, at most. */
const entryBytes = 8 + 256;

/**
 * The names of a folder in the order of their bytes, as many at a time as one header has. Names that are no names, are
 * not in order or occur twice are refused: they are how an image makes an unpacker write elsewhere (CVE-2021-41072).
 * @throws FairleadError `CORRUPT_IMAGE`
 */
export async function* readDirectory(
  { region, metadata, table }: DirectoryContext,
  { listing }: DirectoryInode,
): AsyncGenerator<readonly DirectoryEntry[], void, void> {
  let place: MetadataPlace = { position: table + listing.block, offset: listing.offset };
  let previous = '';
  // The size counts three bytes for "." and "..", which are not stored.
  for (let left = listing.size - 3; left > 0;) {
    const bad = (why: string): Error =>
      region.corrupt(`squashfs folder, offset ${place.offset} of the block`, place.position, why);
    const head = await take(metadata, place, Math.min(left, headerBytes));
    const header = parseHeader(head.bytes, bad);
    left -= headerBytes;
    // Not more than its names can have: who reads all that is left for every header reads a listing once for each.
    const { bytes } = await take(metadata, head.end, Math.min(left, header.count * entryBytes));
    const run = parseRun(bytes, { header, previous, bad });
    previous = run.entries.at(-1)?.name ?? previous;
    yield run.entries;
    left -= run.length;
    if (left > 0) place = (await take(metadata, head.end, run.length)).end;
  }
}

/** What stands before some names. */
interface RunHeader {
  readonly count: number;
  /** Block of their inodes. */
  readonly block: number;
  /** What their numbers are counted from. */
  readonly base: number;
}

function parseHeader(bytes: Buffer, bad: (why: string) => Error): RunHeader {
  if (bytes.length < headerBytes) throw bad('its listing is cut off');
  const count = bytes.readUInt32LE(0) + 1;
  if (count > runEntries) throw bad(`${count} names stand under one header; at most ${runEntries} can`);
  return { count, block: bytes.readUInt32LE(4), base: bytes.readUInt32LE(8) };
}

interface RunOptions {
  readonly header: RunHeader;
  /** The name before the first one. */
  readonly previous: string;
  readonly bad: (why: string) => Error;
}

function parseRun(
  bytes: Buffer,
  { header: { count, block, base }, previous, bad }: RunOptions,
): {
  readonly entries: readonly DirectoryEntry[];
  readonly length: number;
} {
  const entries: DirectoryEntry[] = [];
  let at = 0;
  let last = previous;
  while (entries.length < count) {
    if (at + 8 > bytes.length) throw bad('its listing is cut off');
    const length = bytes.readUInt16LE(at + 6) + 1;
    if (at + 8 + length > bytes.length) throw bad('its listing is cut off');
    const name = bytes.toString('latin1', at + 8, at + 8 + length);
    checkName(name, last, bad);
    const type = inodeTypes[bytes.readUInt16LE(at + 4) - 1];
    if (type === undefined) throw bad(`${shown(name)} has type ${bytes.readUInt16LE(at + 4)}, which does not exist`);
    const number = base + bytes.readInt16LE(at + 2);
    entries.push({ name, type, number, inode: { block, offset: bytes.readUInt16LE(at) } });
    last = name;
    at += 8 + length;
  }
  return { entries, length: at };
}

function checkName(name: string, previous: string, bad: (why: string) => Error): void {
  if (name.length > 255) throw bad(`a name has ${name.length} bytes; at most 255 can be`);
  if (name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw bad(`${shown(name)} is no name of a file`);
  }
  if (name === previous) throw bad(`${shown(name)} occurs twice`);
  if (name < previous) throw bad(`${shown(name)} stands behind ${shown(previous)}: names are not in order`);
}

/** A name as errors show it. */
export function shown(name: string): string {
  return JSON.stringify(Buffer.from(name, 'latin1').toString('utf8').slice(0, 300));
}
