import { eventLoopTurns } from '../event-loop-turn.ts';
import { limits } from '../limits.ts';
import { lookupTable, type LookupTable } from './lookup-table.ts';
import { take, type Metadata, type MetadataBytes, type MetadataPlace } from './metadata.ts';
import type { Region } from './region.ts';

/** An extended attribute: name with its prefix, value byte for byte, both in Latin-1. */
export interface Xattr {
  readonly name: string;
  readonly value: string;
}

/** The sets of extended attributes that inodes name by index. */
export interface Xattrs {
  /** @throws FairleadError `CORRUPT_IMAGE` */
  read(index: number): Promise<readonly Xattr[]>;
}

const prefixes = ['user.', 'trusted.', 'security.'] as const;
/** The value stands elsewhere, and is shared. */
const outOfLine = 0x100;

/** Opens the table of extended attributes. @throws FairleadError `CORRUPT_IMAGE` */
export async function openXattrs(region: Region, metadata: Metadata, position: number | undefined): Promise<Xattrs> {
  if (position === undefined) {
    const none = async (index: number): Promise<never> => {
      throw region.corrupt(
        'squashfs superblock',
        0,
        `attributes ${index} are asked for, but there is no table of them`,
      );
    };
    return { read: none };
  }
  const head = Buffer.from(await region.read(position, 16));
  const start = head.readBigUInt64LE(0);
  const name = 'squashfs table of attributes';
  if (start >= BigInt(region.size)) throw region.corrupt(name, position, `its content at ${start} is outside`);
  const count = head.readUInt32LE(8);
  const table = lookupTable({ name, region, metadata, position: position + 16, count, recordBytes: 16 });
  const reader = setReader({ region, metadata, table, start: Number(start) });
  const kept = new Map<number, readonly Xattr[]>();
  const read = async (index: number): Promise<readonly Xattr[]> => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const set = await reader(index);
    if (kept.size >= 64) kept.clear();
    kept.set(index, set);
    return set;
  };
  return { read };
}

interface SetContext {
  readonly region: Region;
  readonly metadata: Metadata;
  readonly table: LookupTable;
  readonly start: number;
}

function setReader(context: SetContext): Xattrs['read'] {
  const { region, table } = context;
  return async (index) => {
    const record = await table.record(index);
    const count = record.readUInt32LE(8);
    let place = placeOf(context, record.readBigUInt64LE(0));
    const set: Xattr[] = [];
    const names = new Set<string>();
    const turn = eventLoopTurns(region.signal);
    for (let total = 0; set.length < count;) {
      const { xattr, end } = await readXattr(context, place);
      if (names.has(xattr.name)) throw region.corrupt('squashfs attribute', place.position, 'its name occurs twice');
      names.add(xattr.name);
      set.push(xattr);
      total += xattr.name.length + xattr.value.length + 1;
      if (total > limits.xattrsBytes) {
        const why = `one file has more than ${limits.xattrsBytes} bytes`;
        throw region.corrupt('squashfs attributes', place.position, why);
      }
      place = end;
      await turn();
    }
    return set;
  };
}

async function readXattr(
  context: SetContext,
  place: MetadataPlace,
): Promise<{ readonly xattr: Xattr; readonly end: MetadataPlace }> {
  const bad = (why: string): Error => context.region.corrupt('squashfs attribute', place.position, why);
  const key = await take(context.metadata, place, 4);
  const type = key.bytes.readUInt16LE(0);
  const prefix = prefixes[type & 0xff];
  if (prefix === undefined) throw bad(`its type ${type} is unknown`);
  const rest = await take(context.metadata, key.end, key.bytes.readUInt16LE(2));
  const stored = await takeValue(context, rest.end);
  const elsewhere = (type & outOfLine) !== 0;
  if (elsewhere && stored.bytes.length !== 8) throw bad('it refers to a value without saying where it is');
  const content = elsewhere ? await takeValue(context, placeOf(context, stored.bytes.readBigUInt64LE(0))) : stored;
  const name = `${prefix}${rest.bytes.toString('latin1')}`;
  if (name.length === prefix.length || name.length > limits.xattrNameBytes || name.includes('\0')) {
    throw bad(`its name of ${name.length} bytes is none that Linux knows`);
  }
  return { xattr: { name, value: content.bytes.toString('latin1') }, end: stored.end };
}

function placeOf({ region, start }: SetContext, ref: bigint): MetadataPlace {
  const block = ref >> 16n;
  if (block <= BigInt(region.size - start)) return { position: start + Number(block), offset: Number(ref & 0xffffn) };
  throw region.corrupt('squashfs attribute', start, `a place ${block} is outside the file system`);
}

async function takeValue(context: SetContext, place: MetadataPlace): Promise<MetadataBytes> {
  const { metadata } = context;
  const size = await take(metadata, place, 4);
  const length = size.bytes.readUInt32LE(0);
  if (length <= limits.xattrBytes) return take(metadata, size.end, length);
  const why = `a value has ${length} bytes; at most ${limits.xattrBytes} can be`;
  throw context.region.corrupt('squashfs attribute', place.position, why);
}
