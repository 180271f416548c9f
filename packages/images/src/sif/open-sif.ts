import { corrupt } from '../failure.ts';
import { limits } from '../limits.ts';
import type { Source } from '../source.ts';
import { descriptorBytes, readSifHeader, type SifHeader } from './sif-header.ts';
import { parseSifObject, type SifObject, type SifPartition } from './sif-object.ts';

/** What a SIF holds; every object lies inside the file, behind the table, and overlaps no other. */
export interface Sif {
  readonly header: SifHeader;
  readonly objects: readonly SifObject[];
  /** The root file system that runs; an OCI-SIF has none. */
  readonly primary: SifPartition | undefined;
}

/**
 * Reads header and descriptors of a SIF, and nothing else.
 * @throws FairleadError `CORRUPT_IMAGE` with field and offset
 */
export async function openSif(source: Source): Promise<Sif> {
  const header = await readSifHeader(source);
  const { total, offset } = header.descriptors;
  const table = await source.read({ offset, length: total * descriptorBytes });
  const objects: SifObject[] = [];
  for (let at = 0; at < total; at += 1) {
    const parsed = parseSifObject(table.subarray(at * descriptorBytes, (at + 1) * descriptorBytes), at);
    if (parsed === undefined) continue;
    const { bigOffset, bigSize, ...object } = parsed;
    checkPlace(source, header, { at, bigOffset, bigSize });
    objects.push(object);
  }
  checkOverlaps(source, objects);
  checkIds(source, objects);
  const primaries = objects.filter((object) => object.type === 'partition' && object.role === 'primary');
  if (primaries.length > 1) {
    throw corrupt({
      path: source.path,
      where: 'descriptors',
      why: 'two primary partitions: nothing says which one runs',
    });
  }
  return { header, objects, primary: primaries.find((object) => object.type === 'partition') };
}

/** The bytes of a small object. @throws FairleadError `CORRUPT_IMAGE` if it is larger than a description */
export async function readSifObject(source: Source, { id, offset, size }: SifObject): Promise<Uint8Array> {
  if (size <= limits.jsonBytes) return source.read({ offset, length: size });
  const why = `it has ${size} bytes; a description has at most ${limits.jsonBytes}`;
  throw corrupt({ path: source.path, where: `object ${id}`, why });
}

interface Place {
  /** Index of the descriptor. */
  readonly at: number;
  readonly bigOffset: bigint;
  readonly bigSize: bigint;
}

function checkPlace(source: Source, { descriptors }: SifHeader, { at, bigOffset, bigSize }: Place): void {
  const descriptor = descriptors.offset + at * descriptorBytes;
  const bad = (field: string, offset: number, why: string): Error => {
    const where = `descriptor ${at}, ${field} at byte ${offset}`;
    return corrupt({ path: source.path, where, why, details: { field, offset, descriptor: at } });
  };
  if (bigSize < 0n) throw bad('size', descriptor + 25, `${bigSize} is negative`);
  const tableEnd = BigInt(descriptors.offset + descriptors.total * descriptorBytes);
  const beforeTable = bigOffset >= 128n && bigOffset + bigSize <= BigInt(descriptors.offset);
  if (bigOffset < tableEnd && !beforeTable) {
    throw bad('offset', descriptor + 17, `${bigOffset} lies in the header or the table of descriptors`);
  }
  const end = bigOffset + bigSize;
  if (end > BigInt(source.size)) {
    throw bad(
      'size',
      descriptor + 25,
      `the object ends at byte ${end}, but the file at ${source.size}: it is truncated`,
    );
  }
}

/** Links and signatures name objects by id, so each has its own. */
function checkIds(source: Source, objects: readonly SifObject[]): void {
  const known = new Set<number>([0]);
  for (const { id } of objects) {
    if (known.has(id)) {
      const why = id === 0 ? 'an object has no id' : 'two objects have it';
      throw corrupt({ path: source.path, where: `id ${id}`, why });
    }
    known.add(id);
  }
}

function checkOverlaps(source: Source, objects: readonly SifObject[]): void {
  const placed = objects.filter(({ size }) => size > 0).toSorted((a, b) => a.offset - b.offset);
  for (const [at, object] of placed.entries()) {
    const next = placed[at + 1];
    if (next === undefined || object.offset + object.size <= next.offset) continue;
    const where = `objects ${object.id} and ${next.id}`;
    throw corrupt({ path: source.path, where, why: 'they overlap', details: { offset: next.offset } });
  }
}
