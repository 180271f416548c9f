import { describe, expect, it } from 'vitest';
import { makeSquashfs } from '../__fixtures__/sif.ts';
import { openSource } from '../source.ts';
import { readSquashfsSuperblock, type SquashfsSuperblock } from './squashfs-superblock.ts';

const { signal } = new AbortController();

async function read(bytes: Uint8Array, offset = 0): Promise<SquashfsSuperblock> {
  return readSquashfsSuperblock(await openSource(new Blob([Buffer.from(bytes)]), { signal }), offset);
}

function patched(change: (bytes: Buffer) => void): Buffer {
  const bytes = makeSquashfs();
  change(bytes);
  return bytes;
}

describe('readSquashfsSuperblock', () => {
  it('gives what the superblock says, at any offset', async () => {
    const expected = { inodes: 1, blockSize: 131_072, compression: 'gzip', bytesUsed: 4096 };
    expect(await read(makeSquashfs())).toMatchObject(expected);
    expect(await read(Buffer.concat([Buffer.alloc(31), makeSquashfs()]), 31)).toMatchObject(expected);
  });

  const hostile: readonly (readonly [string, Buffer, string])[] = [
    ['another magic', patched((bytes) => bytes.fill(0, 0, 4)), 'magic'],
    ['blocks of 1 GiB', patched((bytes) => bytes.writeUInt32LE(2 ** 30, 12)), 'block size'],
    ['a logarithm that does not fit', patched((bytes) => bytes.writeUInt16LE(18, 22)), 'block size'],
    ['an unknown compressor', patched((bytes) => bytes.writeUInt16LE(9, 20)), 'compressor'],
    ['no compressor', patched((bytes) => bytes.writeUInt16LE(0, 20)), 'compressor'],
    ['more bytes than the file has', patched((bytes) => bytes.writeBigUInt64LE(4097n, 40)), 'bytes used'],
    ['2^64-1 bytes', patched((bytes) => bytes.writeBigUInt64LE(2n ** 64n - 1n, 40)), 'bytes used'],
    ['less bytes than a superblock', patched((bytes) => bytes.writeBigUInt64LE(95n, 40)), 'bytes used'],
  ];
  it.each(hostile)('refuses %s with field and offset', async (_, bytes, field) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE', details: { field } });
  });

  it('says that another version has to be made again', async () => {
    const old = patched((bytes) => bytes.writeUInt16LE(3, 28));
    await expect(read(old)).rejects.toMatchObject({
      code: 'INVALID_IMAGE',
      message: expect.stringMatching(/squashfs 3\.0/),
    });
  });

  it('finds a truncated superblock', async () => {
    await expect(read(makeSquashfs().subarray(0, 95))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });
});
