import type { Codec } from './codec.ts';
import type { Region } from './region.ts';

/** A place in a stream of metadata: position of a block in the file system, and offset in what it expands to. */
export interface MetadataPlace {
  readonly position: number;
  readonly offset: number;
}

/** What has been read of metadata, and the place behind it. */
export interface MetadataBytes {
  readonly bytes: Buffer;
  readonly end: MetadataPlace;
}

/** Metadata, expanded block by block where it is asked for: nothing stores where a stream of blocks ends. */
export interface Metadata {
  /**
   * Bytes from a place on, across blocks, and the place behind them.
   * @throws FairleadError `CORRUPT_IMAGE`, also for bytes that lie in far more blocks than they need
   */
  read(place: MetadataPlace, length: number): Promise<MetadataBytes>;
  /** The same bytes if they lie in one block that is at hand, else undefined: most records do, and this costs no turn. */
  peek(place: MetadataPlace, length: number): Buffer | undefined;
}

interface Block {
  readonly bytes: Buffer;
  /** Position of the block that follows. */
  readonly next: number;
}

/** What a block of metadata expands to, at most. */
const blockBytes = 8192;
const keptBlocks = 1024;
/**
 * Fewest bytes of a record in each block that it lies in, beside the first and the last. Every writer known fills its
 * blocks, but readers take shorter ones: with a byte in each of them, a small image would cost minutes.
 */
const leastBytes = 512;

/** Reads the metadata of a file system. */
export function metadataOf(region: Region, codec: Codec): Metadata {
  const blocks = new Map<number, Block>();
  const load = async (position: number): Promise<Block> => {
    const kept = blocks.get(position);
    if (kept !== undefined) return kept;
    const block = await readBlock(region, codec, position);
    const [oldest] = blocks.keys();
    if (blocks.size >= keptBlocks && oldest !== undefined) blocks.delete(oldest);
    blocks.set(position, block);
    return block;
  };
  const read: Metadata['read'] = async (place, length) => {
    let { position, offset } = place;
    let block = await load(position);
    if (offset > block.bytes.length) throw beyond(region, place, block);
    if (offset + length <= block.bytes.length) {
      return { bytes: block.bytes.subarray(offset, offset + length), end: { position, offset: offset + length } };
    }
    const whole = Buffer.alloc(length);
    const most = 3 + Math.floor(length / leastBytes);
    for (let have = 0, seen = 1; ; seen += 1) {
      const part = block.bytes.subarray(offset, offset + length - have);
      whole.set(part, have);
      have += part.length;
      offset += part.length;
      if (have === length) return { bytes: whole, end: { position, offset } };
      if (seen === most) throw scattered(region, place, { length, most });
      [position, offset] = [block.next, 0];
      block = await load(position);
    }
  };
  const peek: Metadata['peek'] = ({ position, offset }, length) => {
    const block = blocks.get(position);
    if (block === undefined || offset + length > block.bytes.length) return undefined;
    return block.bytes.subarray(offset, offset + length);
  };
  return { read, peek };
}

/** Reads bytes that most often are at hand. @throws FairleadError `CORRUPT_IMAGE` */
export async function take(metadata: Metadata, place: MetadataPlace, length: number): Promise<MetadataBytes> {
  const bytes = metadata.peek(place, length);
  if (bytes === undefined) return metadata.read(place, length);
  return { bytes, end: { position: place.position, offset: place.offset + length } };
}

function beyond(region: Region, { position, offset }: MetadataPlace, block: Block): Error {
  const why = `it has ${block.bytes.length} bytes, but a record is said to start at ${offset}`;
  return region.corrupt('squashfs metadata block', position, why);
}

function scattered(
  region: Region,
  { position }: MetadataPlace,
  { length, most }: { readonly length: number; readonly most: number },
): Error {
  const why = `its blocks are so short that ${length} bytes from here on lie in more than ${most} of them`;
  return region.corrupt('squashfs metadata block', position, why);
}

async function readBlock(region: Region, codec: Codec, position: number): Promise<Block> {
  const bad = (why: string, cause?: unknown): Error => region.corrupt('squashfs metadata block', position, why, cause);
  const head = await region.read(position, 2);
  const word = (head[0] ?? 0) | ((head[1] ?? 0) << 8);
  const size = word & 0x7fff;
  if (size === 0 || size > blockBytes) throw bad(`its size ${size} is not between 1 and ${blockBytes}`);
  const stored = await region.read(position + 2, size);
  const next = position + 2 + size;
  if ((word & 0x8000) !== 0) return { bytes: Buffer.from(stored), next };
  const bytes = expanded(() => codec.expand(stored, blockBytes), bad);
  if (bytes.length === 0) throw bad('it expands to nothing');
  // What a decoder works in is larger than what is to be kept.
  const kept = Buffer.from(bytes);
  codec.release(bytes, blockBytes);
  return { bytes: kept, next };
}

function expanded(expand: () => Uint8Array, bad: (why: string, cause?: unknown) => Error): Uint8Array {
  try {
    return expand();
  } catch (cause) {
    throw bad('it cannot be expanded: it is damaged', cause);
  }
}
