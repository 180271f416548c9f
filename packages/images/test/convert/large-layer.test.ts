import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileImageRef } from '@fairlead/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collect } from '../../src/__fixtures__/images.ts';
import { createSifConverter, type SifOptions } from '../../src/index.ts';
import { madeSif, partition } from '../made/made-sif.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { file, root } from '../made/squashfs-tree.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-large-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** So large that a thread of its own reads and hashes it; what makes it large is not in the layer. */
const large = madeSif([partition(madeSquashfs(root({ mark: file('MARK') }), { gapBytes: 5_000_000 }))]);

async function convert(options: SifOptions): Promise<Buffer> {
  const image: FileImageRef = { format: 'sif', path: join(folder, 'image') };
  await using converted = await createSifConverter(options).open(image, {});
  return await collect(converted.stream());
}

it('a layer that a thread hashes is kept whole, and the next conversion reads it from there', async () => {
  await writeFile(join(folder, 'image'), large);
  const cache = { folder: join(folder, 'cache') };
  const plain = await convert({});
  expect((await convert({ cache })).equals(plain)).toBe(true);
  const [name = ''] = await readdir(join(cache.folder, 'layers'));
  const kept = await readFile(join(cache.folder, 'layers', name));
  expect(createHash('sha256').update(kept).digest('hex')).toBe(name);
  // Something else under that key shows who is read: it is right by its own name.
  const forged = kept.fill('KEPT', kept.indexOf('MARK'), kept.indexOf('MARK') + 4);
  const hex = createHash('sha256').update(forged).digest('hex');
  await writeFile(join(cache.folder, 'layers', hex), forged);
  const [key = ''] = await readdir(join(cache.folder, 'keys'));
  await writeFile(join(cache.folder, 'keys', key), `sha256:${hex}`);
  expect((await convert({ cache })).includes('KEPT')).toBe(true);
  expect((await convert({})).equals(plain)).toBe(true);
});
