import { crc32, deflateRaw, inflate } from 'node:zlib';
import type { Squashfs } from '../squashfs/squashfs.ts';
import type { FileInode } from '../squashfs/inode.ts';
import type { StoredBlock } from '../squashfs/file-blocks.ts';
import { rawMemberHeader } from '../tar/raw-member.ts';
import { blockSize } from '../tar/tar-header.ts';
import { inOrder, type Job } from './in-order.ts';
import { looseBytes, type LooseBytes } from './loose-bytes.ts';
import type { LayerPart } from './layer-part.ts';
import type { SquashfsLayer } from './squashfs-layer.ts';

/** Level of deflate: the higher ones cost several times as much and save a tenth. */
export const gzipLevel = 1;

const jobsAtOnce = 16;

/**
 * A layer as members of gzip, one after the other: every reader of gzip takes them for one stream (RFC 1952, 2.2).
 * Where the file system has a block compressed with zlib, its deflate data becomes a member as it is, which spares
 * compressing it again; it is expanded all the same, for its digest. What lies between is compressed here.
 */
export async function* gzipParts(layer: SquashfsLayer): AsyncGenerator<LayerPart, void, void> {
  yield* inOrder(jobs(layer), jobsAtOnce);
}

async function* jobs(layer: SquashfsLayer): AsyncGenerator<Job<LayerPart>, void, void> {
  const { squashfs } = layer;
  const loose = looseBytes(deflated);
  for await (const batch of layer.walk()) {
    for (const { header, file } of batch) {
      yield* loose.add(rawMemberHeader(header));
      if (file !== undefined) yield* content(squashfs, file, loose);
      yield* loose.zeros((blockSize - (header.size % blockSize)) % blockSize);
    }
  }
  yield* loose.zeros(2 * blockSize);
  yield* loose.flush();
}

async function* content(
  squashfs: Squashfs,
  file: FileInode,
  loose: LooseBytes<LayerPart>,
): AsyncGenerator<Job<LayerPart>, void, void> {
  for await (const run of squashfs.fileBlocks(file)) {
    for (const block of run) {
      if (block.stored === 0) yield* loose.zeros(block.size);
      else if (!block.compressed || squashfs.superblock.compression !== 'gzip') {
        yield* loose.add(await squashfs.blocks.block(block));
      } else {
        yield* loose.flush();
        yield () => spliced(squashfs, block);
      }
    }
  }
  if (file.fragment !== undefined) yield* loose.add(await squashfs.blocks.tail(file));
}

/** A block's own deflate data as a member, if the block is just that; else its content, compressed here. */
async function spliced(squashfs: Squashfs, block: StoredBlock): Promise<LayerPart> {
  const stored = await squashfs.region.read(block.position, block.stored);
  const tar = await inflatedWhole(stored, block.size);
  if (tar === undefined) return deflated(await squashfs.blocks.block(block));
  // Behind the two bytes of the zlib header, before its checksum.
  return member(tar, stored.slice(2, -4));
}

/** What a zlib stream expands to; undefined unless it is intact, of that size, and nothing stands behind it. */
function inflatedWhole(stored: Uint8Array, size: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const options = { chunkSize: Math.max(size, 64), maxOutputLength: size, info: true };
    inflate(stored, options, (error, result: unknown) => {
      const whole = error === null && isInfo(result) && result.engine.bytesWritten === stored.length;
      resolve(whole && result.buffer.length === size ? result.buffer : undefined);
    });
  });
}

/** What the option `info` gives. */
function isInfo(
  value: unknown,
): value is { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } } {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value;
}

function deflated(tar: Uint8Array): Promise<LayerPart> {
  return new Promise((resolve, reject) => {
    deflateRaw(tar, { level: gzipLevel }, (error, body) =>
      error === null ? resolve(member(tar, body)) : reject(error),
    );
  });
}

/** Method deflate, no name, no time, system unknown: what a header says must not depend on the machine. */
const head = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

function member(tar: Uint8Array, body: Uint8Array): LayerPart {
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(tar));
  tail.writeUInt32LE(tar.length, 4);
  return { tar, packed: [head, body, tail] };
}
