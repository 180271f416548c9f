import { FairleadError } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { countedSource, gzippedImage, openImage, packedImage } from '../__fixtures__/squashfs.ts';
import { planLayer } from '../layer/squashfs-layer.ts';
import { openSquashfs, type Squashfs } from './squashfs.ts';

/** The image whose metadata is stored as it is, patched; the tables are found where its superblock says. */
const clean = gzippedImage('raw');
const inodes = Number(clean.readBigUInt64LE(64)) + 2;
const folders = Number(clean.readBigUInt64LE(72)) + 2;

/** Position of the inode with that number. */
function inodeAt(number: number): number {
  for (let at = inodes; at < folders; at += 1) {
    const type = clean.readUInt16LE(at);
    if (
      type >= 1 &&
      type <= 14 &&
      clean.readUInt32LE(at + 8) === 1_600_000_000 &&
      clean.readUInt32LE(at + 12) === number
    )
      return at;
  }
  throw new Error(`no inode ${number}`);
}

function nameAt(name: string): number {
  return clean.indexOf(Buffer.from(name), folders);
}

async function inodeOf(path: string): Promise<number> {
  for await (const batch of (await openImage(clean)).walk()) {
    const entry = batch.find((candidate) => `/${candidate.path}` === path);
    if (entry !== undefined) return inodeAt(entry.inode.number);
  }
  throw new Error(`no file ${path}`);
}

async function readAll(bytes: Uint8Array): Promise<void> {
  return readImage(await openImage(bytes));
}

async function readImage(image: Squashfs): Promise<void> {
  const layer = await planLayer(image);
  let size = 0;
  for await (const chunk of layer.stream()) size += chunk.length;
  if (size !== layer.size) throw new Error(`${size} bytes came out, not ${layer.size}`);
}

type Patch = (bytes: Buffer) => void | Promise<void>;

const hostile: readonly (readonly [string, RegExp, Patch])[] = [
  ['a name ..', /no name of a file/, (b) => void b.write('../evi', nameAt('setuid'))],
  ['a name with a slash', /no name of a file/, (b) => void b.write('se/uid', nameAt('setuid'))],
  ['an absolute name', /no name of a file/, (b) => void b.write('/etuid', nameAt('setuid'))],
  ['a name with a NUL', /no name of a file/, (b) => void b.write('se\0uid', nameAt('setuid'))],
  [
    'a name that is ..',
    /no name of a file/,
    (b) => {
      b.writeUInt16LE(1, nameAt('link') - 2);
      b.write('..', nameAt('link'));
    },
  ],
  ['names out of order', /not in order/, (b) => void b.write('aetuid', nameAt('setuid'))],
  ['a name twice', /occurs twice/, (b) => void b.write('hard', nameAt('copy'))],
  ['more names than a header has', /under one header|cut off/, (b) => void b.writeUInt32LE(256, folders)],
  ['a name longer than the listing', /cut off/, (b) => void b.writeUInt16LE(254, nameAt('text') - 2)],
  ['a type that does not agree', /in its folder and a/, (b) => void b.writeUInt16LE(3, nameAt('setuid') - 4)],
  ['a type that does not exist', /does not exist/, (b) => void b.writeUInt16LE(9, nameAt('setuid') - 4)],
  ['a number that does not agree', /has number/, (b) => void b.writeInt16LE(0, nameAt('setuid') - 6)],
  ['an inode of no type', /not one of 1 to 14/, async (b) => void b.writeUInt16LE(15, await inodeOf('/setuid'))],
  ['inode number 0', /not between 1 and/, async (b) => void b.writeUInt32LE(0, (await inodeOf('/setuid')) + 12)],
  [
    'an inode number beyond the last',
    /not between 1 and/,
    async (b) => void b.writeUInt32LE(99, (await inodeOf('/setuid')) + 12),
  ],
  [
    'an owner that does not exist',
    /owner has index/,
    async (b) => void b.writeUInt16LE(9, (await inodeOf('/setuid')) + 4),
  ],
  [
    'a link with 2^31 bytes',
    /its target has/,
    async (b) => void b.writeUInt32LE(2 ** 31, (await inodeOf('/link')) + 20),
  ],
  ['a link to nothing', /its target has/, async (b) => void b.writeUInt32LE(0, (await inodeOf('/link')) + 20)],
  ['a link with a NUL', /holds a NUL/, async (b) => void b.writeUInt8(0, (await inodeOf('/link')) + 26)],
  [
    'a fragment that does not exist',
    /record 77 is asked for/,
    async (b) => void b.writeUInt32LE(77, (await inodeOf('/setuid')) + 20),
  ],
  [
    'a tail behind its fragment',
    /a tail ends at/,
    async (b) => void b.writeUInt32LE(4090, (await inodeOf('/setuid')) + 24),
  ],
  [
    'blocks outside the content',
    /outside the content/,
    async (b) => void b.writeUInt32LE(2 ** 31, (await inodeOf('/folder/copy')) + 16),
  ],
  [
    'blocks in the superblock',
    /outside the content/,
    async (b) => void b.writeUInt32LE(5, (await inodeOf('/folder/copy')) + 16),
  ],
  [
    'a block larger than blocks',
    /but a block has/,
    async (b) => void b.writeUInt32LE(0x100_2000, (await inodeOf('/folder/copy')) + 32),
  ],
  [
    'a block that is too short',
    /are expected/,
    async (b) => void b.writeUInt32LE(0x100_0010, (await inodeOf('/folder/copy')) + 32),
  ],
  [
    'a block that is no compressed one',
    /cannot be expanded/,
    async (b) => void b.writeUInt32LE(0x1000, (await inodeOf('/folder/copy')) + 32),
  ],
  [
    'a folder inside itself',
    /a loop|has number/,
    async (b) => {
      const [from, to] = [await inodeOf('/folder/inner'), await inodeOf('/folder')];
      clean.copy(b, from + 16, to + 16, to + 32);
    },
  ],
  ['a listing outside', /bytes/, async (b) => void b.writeUInt32LE(2 ** 31, (await inodeOf('/folder')) + 16)],
  [
    'a listing that starts behind its block',
    /is said to start/,
    async (b) => void b.writeUInt16LE(8000, (await inodeOf('/folder')) + 26),
  ],
  [
    'a root that is no folder',
    /not a folder|not between|not one of/,
    async (b) => void b.writeBigUInt64LE(BigInt((await inodeOf('/setuid')) - inodes), 32),
  ],
  ['a root outside', /outside/, (b) => void b.writeBigUInt64LE(2n ** 60n, 32)],
  ['an inode table past the end', /not inside/, (b) => void b.writeBigUInt64LE(2n ** 40n, 64)],
  ['an inode table that is missing', /is missing/, (b) => void b.writeBigUInt64LE(2n ** 64n - 1n, 64)],
  ['folders before inodes', /lies before/, (b) => void b.writeBigUInt64LE(100n, 72)],
  ['an id table past the end', /not inside/, (b) => void b.writeBigUInt64LE(2n ** 63n, 48)],
  ['a block of metadata with 9000 bytes', /is not between/, (b) => void b.writeUInt16LE(0x8000 | 9000, inodes - 2)],
  ['an empty block of metadata', /is not between/, (b) => void b.writeUInt16LE(0x8000, inodes - 2)],
  [
    'metadata said to be compressed',
    /cannot be expanded/,
    (b) => void b.writeUInt16LE(b.readUInt16LE(inodes - 2) & 0x7fff, inodes - 2),
  ],
  ['more fragments than fit', /do not fit/, (b) => void b.writeUInt32LE(2 ** 31, 16)],
  ['a fragment table that is missing', /no table of them/, (b) => void b.writeBigUInt64LE(2n ** 64n - 1n, 80)],
  ['an attribute table that is missing', /no table of them/, (b) => void b.writeBigUInt64LE(2n ** 64n - 1n, 56)],
  [
    'an attribute table elsewhere',
    /do not fit|is outside|outside the file system/,
    (b) => void b.writeBigUInt64LE(BigInt(inodes), 56),
  ],
  [
    'a file of 2^53 bytes',
    /no size of a file|more than/,
    async (b) => void b.writeBigUInt64LE(2n ** 53n, (await inodeOf('/folder/hard')) + 24),
  ],
];

describe('a hostile squashfs', () => {
  it.each(hostile)('is refused with the place and the reason: %s', async (_, message, patch) => {
    const bytes = Buffer.from(clean);
    await patch(bytes);
    expect(bytes.equals(clean)).toBe(false);
    const { source, reads } = await countedSource(bytes);
    const error: unknown = await openSquashfs(source, 0)
      .then(readImage)
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(FairleadError.is(error) && /CORRUPT_IMAGE|POLICY_DENIED/.test(error.code)).toBe(true);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    // Nothing that a field says makes it read a small file more than a few times.
    expect(reads.bytes).toBeLessThanOrEqual(4 * bytes.length);
  });

  it('refuses more inodes than the limit', async () => {
    const bytes = Buffer.from(clean);
    bytes.writeUInt32LE(2 ** 31, 4);
    await expect(openImage(bytes)).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('is read, or refused with a typed error, whatever byte is changed', { timeout: 60_000 }, async () => {
    const untyped: string[] = [];
    for (let at = 0; at < 3000; at += 7) {
      const bytes = packedImage('gzip');
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at & 7));
      await readAll(bytes).catch((error: unknown) => {
        if (!FairleadError.is(error)) untyped.push(`byte ${at}`);
      });
    }
    expect(untyped).toEqual([]);
  });

  it('is refused wherever it is cut off', async () => {
    const whole = packedImage('zstd');
    const used = Number(whole.readBigUInt64LE(40));
    for (let size = 0; size < used; size += 61) {
      await expect(readAll(whole.subarray(0, size))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    }
  });
});
