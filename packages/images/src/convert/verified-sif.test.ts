import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileImageRef } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { jsonObject, makeSif, partition } from '../__fixtures__/sif.ts';
import { signedSif } from '../__fixtures__/signed-sif.ts';
import { packedImage } from '../__fixtures__/squashfs.ts';
import { createSifConverter } from './sif-converter.ts';
import type { SifOptions } from './sif-image.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-verified-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const verify = { keys: [publicKey.export({ type: 'spki', format: 'pem' }).toString()] };
const parts = [jsonObject('oci-config.json', { Entrypoint: ['/app'] }), partition(packedImage('gzip'))];

async function file(bytes: Uint8Array): Promise<FileImageRef> {
  const path = join(folder, 'image');
  await writeFile(path, bytes);
  return { format: 'sif', path };
}

async function convert(image: FileImageRef, options: SifOptions): Promise<Buffer> {
  await using converted = await createSifConverter({ mode: 'oci', ...options }).open(image, {});
  return await collect(converted.stream());
}

describe('a converter that verifies signatures', () => {
  it('does so before it names the image: what an engine has already is not run unverified (V8)', async () => {
    const opening = createSifConverter({ mode: 'oci', verify }).open(await file(makeSif(parts)), {});
    await expect(opening).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('does so once, over the file that it keeps open for the conversion', async () => {
    const image = await file(signedSif(parts, { key: privateKey }));
    const handle = await open(image.path);
    const read = vi.spyOn(Object.getPrototypeOf(handle), 'read');
    await handle.close();
    /** How often the part that holds most of the file was read at once, as digests of it are taken. */
    const wholeReads = async (options: SifOptions): Promise<number> => {
      read.mockClear();
      await convert(image, options);
      return read.mock.calls.filter(([bytes]) => bytes instanceof Uint8Array && bytes.length >= 16_384).length;
    };
    const unverified = await wholeReads({});
    expect(await wholeReads({ verify })).toBe(unverified + 1);
  });

  it('takes no layer out of a cache for a signed file: what is in it nobody has signed', async () => {
    const cache = { folder: join(folder, 'cache') };
    const image = await file(signedSif(parts, { key: privateKey }));
    await convert(image, { cache });
    const [layer = ''] = await readdir(join(cache.folder, 'layers'));
    const [key = ''] = await readdir(join(cache.folder, 'keys'));
    // Forged by whoever can write there: another layer of that size, named as what the file becomes.
    const forged = (await readFile(join(cache.folder, 'layers', layer))).fill('EVIL', 700, 900);
    const hex = createHash('sha256').update(forged).digest('hex');
    await writeFile(join(cache.folder, 'layers', hex), forged);
    await writeFile(join(cache.folder, 'keys', key), `sha256:${hex}`);
    expect((await convert(image, { cache })).includes('EVIL')).toBe(true);
    expect((await convert(image, { cache, verify })).includes('EVIL')).toBe(false);
  });
});
