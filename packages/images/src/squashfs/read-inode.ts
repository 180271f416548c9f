import { limits } from '../limits.ts';
import { inodeTypes, type DirectoryInode, type FileInode, type Inode, type SymlinkInode } from './inode.ts';
import type { Metadata, MetadataPlace } from './metadata.ts';
import type { Region } from './region.ts';

/** What reading an inode needs. */
export interface InodeContext {
  readonly region: Region;
  readonly metadata: Metadata;
  readonly inodes: number;
  readonly blockSize: number;
  /** Owners by index. */
  readonly ids: readonly number[];
  /** Position of the table of inodes. */
  readonly table: number;
}

type Base = Pick<Inode, 'mode' | 'uid' | 'gid' | 'mtimeSeconds' | 'number'>;
type Fail = (why: string) => Error;

/** Bytes of each type without what varies in length; numbers 1 to 14. */
const sizes = [32, 32, 24, 24, 24, 20, 20, 40, 56, 24, 28, 28, 24, 24] as const;
const none = 0xffff_ffff;

/** The inode at a place. @throws FairleadError `CORRUPT_IMAGE` */
export async function readInode(
  context: InodeContext,
  { block, offset }: { readonly block: number; readonly offset: number },
): Promise<Inode> {
  const { metadata, region } = context;
  const place = { position: context.table + block, offset };
  const bad: Fail = (why) => region.corrupt(`squashfs inode, offset ${offset} of the block`, place.position, why);
  const head = metadata.peek(place, 2) ?? (await metadata.read(place, 2)).bytes;
  const stored = head.readUInt16LE(0);
  const size = sizes[stored - 1];
  if (size === undefined) throw bad(`its type ${stored} is not one of 1 to 14`);
  const bytes = metadata.peek(place, size) ?? (await metadata.read(place, size)).bytes;
  const base = readBase(context, bytes, bad);
  const extended = stored > 7;
  const type = inodeTypes[(stored - 1) % 7];
  if (type === 'directory') return directory(base, bytes, extended);
  if (type === 'file') return file({ base, bytes, extended, end: await skip(metadata, place, size) }, bad);
  if (type === 'symlink')
    return symlink(metadata, { base, bytes, extended, end: await skip(metadata, place, size) }, bad);
  const links = readLinks(bytes, 16, bad);
  if (type === 'fifo' || type === 'socket') return { ...base, type, links, xattrs: xattrsAt(bytes, extended, 20) };
  const device = bytes.readUInt32LE(20);
  const major = (device & 0xf_ff00) >>> 8;
  const minor = (device & 0xff) | ((device >>> 12) & 0xf_ff00);
  return { ...base, type: type ?? 'block-device', links, major, minor, xattrs: xattrsAt(bytes, extended, 24) };
}

async function skip(metadata: Metadata, place: MetadataPlace, length: number): Promise<MetadataPlace> {
  const { position, offset } = place;
  if (metadata.peek(place, length) !== undefined) return { position, offset: offset + length };
  return (await metadata.read(place, length)).end;
}

function readBase({ ids, inodes }: InodeContext, bytes: Buffer, bad: Fail): Base {
  const owner = (at: number): number => {
    const index = bytes.readUInt16LE(at);
    const id = ids[index];
    if (id === undefined) throw bad(`its owner has index ${index}, but there are ${ids.length} owners`);
    return id;
  };
  const number = bytes.readUInt32LE(12);
  if (number === 0 || number > inodes) throw bad(`its number ${number} is not between 1 and ${inodes}`);
  return {
    mode: bytes.readUInt16LE(2) & 0o7777,
    uid: owner(4),
    gid: owner(6),
    mtimeSeconds: bytes.readUInt32LE(8),
    number,
  };
}

function xattrsAt(bytes: Buffer, extended: boolean, at: number): number | undefined {
  if (!extended) return undefined;
  const index = bytes.readUInt32LE(at);
  return index === none ? undefined : index;
}

function readLinks(bytes: Buffer, at: number, bad: Fail): number {
  const links = bytes.readUInt32LE(at);
  if (links === 0) throw bad('it has no link, but it is in a folder');
  return links;
}

function directory(base: Base, bytes: Buffer, extended: boolean): DirectoryInode {
  const listing = extended
    ? { block: bytes.readUInt32LE(24), offset: bytes.readUInt16LE(34), size: bytes.readUInt32LE(20) }
    : { block: bytes.readUInt32LE(16), offset: bytes.readUInt16LE(26), size: bytes.readUInt16LE(24) };
  return { ...base, type: 'directory', xattrs: xattrsAt(bytes, extended, 36), listing };
}

interface Parts {
  readonly base: Base;
  readonly bytes: Buffer;
  readonly extended: boolean;
  /** Behind the fixed part. */
  readonly end: MetadataPlace;
}

function file({ base, bytes, extended, end }: Parts, bad: Fail): FileInode {
  // A file without blocks may say anything here; where there are blocks, each one's place is checked.
  const start = extended ? Number(bytes.readBigUInt64LE(16)) : bytes.readUInt32LE(16);
  const size = extended ? Number(bytes.readBigUInt64LE(24)) : bytes.readUInt32LE(28);
  if (!Number.isSafeInteger(size)) throw bad(`${size} is no size of a file`);
  const links = extended ? readLinks(bytes, 40, bad) : 1;
  const index = bytes.readUInt32LE(extended ? 44 : 20);
  const fragment = index === none ? undefined : { index, offset: bytes.readUInt32LE(extended ? 48 : 24) };
  const xattrs = xattrsAt(bytes, extended, 52);
  return { ...base, type: 'file', links, size, start, fragment, blockList: end, xattrs };
}

async function symlink(metadata: Metadata, { base, bytes, extended, end }: Parts, bad: Fail): Promise<SymlinkInode> {
  const links = readLinks(bytes, 16, bad);
  const length = bytes.readUInt32LE(20);
  if (length === 0 || length > limits.nameBytes) {
    throw bad(`its target has ${length} bytes, not between 1 and ${limits.nameBytes}`);
  }
  const whole = length + (extended ? 4 : 0);
  const rest = metadata.peek(end, whole) ?? (await metadata.read(end, whole)).bytes;
  const target = rest.toString('latin1', 0, length);
  if (target.includes('\0')) throw bad('its target holds a NUL');
  return { ...base, type: 'symlink', links, target, xattrs: xattrsAt(rest, extended, length) };
}
