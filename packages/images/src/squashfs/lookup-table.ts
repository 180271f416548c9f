import type { Metadata } from './metadata.ts';
import type { Region } from './region.ts';

/** Records of one length, found by number. */
export interface LookupTable {
  readonly count: number;
  /** The record of that number. @throws FairleadError `CORRUPT_IMAGE` also for a number beyond the last */
  record(index: number): Promise<Buffer>;
}

/** Where a table lies and what it holds. */
export interface TableFields {
  /** What errors call it. */
  readonly name: string;
  readonly region: Region;
  readonly metadata: Metadata;
  /** Where the positions of its blocks stand. */
  readonly position: number;
  readonly count: number;
  readonly recordBytes: number;
}

const blockBytes = 8192;

/**
 * A table of the file system: positions of metadata blocks, stored raw, each full of records. It is read where it is
 * asked for, because how many there are is the image's own claim. @throws FairleadError `CORRUPT_IMAGE`
 */
export function lookupTable({ name, region, metadata, position, count, recordBytes }: TableFields): LookupTable {
  const perBlock = blockBytes / recordBytes;
  const blocks = Math.ceil(count / perBlock);
  if (position + blocks * 8 > region.size) {
    throw region.corrupt(name, position, `its ${count} records do not fit into the file system`);
  }
  const record = async (index: number): Promise<Buffer> => {
    if (index >= count) throw region.corrupt(name, position, `record ${index} is asked for, but there are ${count}`);
    const at = position + Math.floor(index / perBlock) * 8;
    const pointer = Buffer.from(await region.read(at, 8)).readBigUInt64LE(0);
    if (pointer >= BigInt(region.size)) {
      throw region.corrupt(
        name,
        at,
        `a block at ${pointer} is outside the file system, which has ${region.size} bytes`,
      );
    }
    const place = { position: Number(pointer), offset: (index % perBlock) * recordBytes };
    return metadata.peek(place, recordBytes) ?? (await metadata.read(place, recordBytes)).bytes;
  };
  return { count, record };
}

/** All owners, which inodes name by index. */
export async function readIds(table: LookupTable): Promise<readonly number[]> {
  const ids: number[] = [];
  for (let index = 0; index < table.count; index += 1) ids.push((await table.record(index)).readUInt32LE(0));
  return ids;
}
