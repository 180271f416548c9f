import { describe, expect, it } from 'vitest';
import { convertFileSystem } from '../fuzz/convert-in-memory.ts';
import { refusalOf } from '../fuzz/allowed-refusal.ts';
import { everything, imageOf } from '../fuzz/file-system-seeds.ts';
import { unedited } from '../made/field-writer.ts';
import { madeSif, partition } from '../made/made-sif.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { file, root } from '../made/squashfs-tree.ts';

/** The code that a file is refused with, or `same` or `different` output. */
async function outcome(bytes: Uint8Array, clean: string): Promise<string> {
  try {
    return (await convertFileSystem(bytes)) === clean ? 'same' : 'different';
  } catch (error) {
    return refusalOf(error);
  }
}

describe('a small image', { timeout: 60_000 }, () => {
  it('is refused wherever it is cut off, byte by byte', async () => {
    const image = madeSif([partition(madeSquashfs(root({ text: file('text') }), { packMetadata: true }))], {
      total: 1,
    });
    const clean = await convertFileSystem(image);
    const codes = new Set<string>();
    for (let size = 0; size < image.length; size += 1) codes.add(await outcome(image.subarray(0, size), clean));
    expect([...codes]).toEqual(['CORRUPT_IMAGE']);
  });

  it('is refused or read, and never anything else, whichever bit of its metadata is flipped', async () => {
    const image = imageOf(everything, { compression: 'gzip', packMetadata: true }, unedited);
    const clean = await convertFileSystem(image);
    const from = Number(image.readBigUInt64LE(64));
    const counts = new Map<string, number>();
    for (let bit = 0; bit < 96 * 8 + (image.length - from) * 8; bit += 1) {
      const at = bit < 96 * 8 ? bit >> 3 : from + ((bit - 96 * 8) >> 3);
      const bytes = Buffer.from(image);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      const found = await outcome(bytes, clean);
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    // What is compressed has a sum, so next to nothing of it can change unseen.
    expect(counts.get('CORRUPT_IMAGE')).toBeGreaterThan(3000);
    expect(counts.get('different') ?? 0).toBeLessThan(100);
  });
});
