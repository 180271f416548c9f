import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { jsonObject, makeSif, partition } from '../__fixtures__/sif.ts';
import { packedImage } from '../__fixtures__/squashfs.ts';
import { detectImage } from '../detect/detect-input.ts';
import { sha256 } from '../oci/digest.ts';
import { ociConverter } from './oci-converter.ts';
import { openStoredImage, type StoredImage } from './stored-image.ts';
import { writeSifImage, type WriteSifOptions } from './write-sif-image.ts';

let folder = '';
let sif = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-write-sif-'));
  sif = join(folder, 'model.sif');
  const config = jsonObject('oci-config.json', { Entrypoint: ['/app'], Env: ['A=1'] });
  await writeFile(sif, makeSif([config, partition(packedImage('gzip'))]));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const layout: WriteSifOptions = { form: 'oci-layout', mode: 'oci', names: ['localhost/m:1'] };
const archive: WriteSifOptions = { ...layout, form: 'archive' };
const { signal } = new AbortController();

async function stored(path: string, format: 'oci-layout' | 'oci-archive' | 'docker-archive'): Promise<StoredImage> {
  return openStoredImage({ format, path, member: 'localhost/m:1' }, { signal, architecture: 'amd64' });
}

describe('writeSifImage', () => {
  it('writes a layout that is read again with every digest verified (V13)', async () => {
    const to = join(folder, 'oci');
    const written = await writeSifImage(sif, to, layout);
    await using image = await stored(to, 'oci-layout');
    expect(image.identity.text).toBe(written.manifest.text);
    expect(image.configJson).toMatchObject({ config: { Entrypoint: ['/app'], Env: ['A=1'] }, os: 'linux' });
    for (const layer of image.layers) expect(sha256(await collect(layer.stream())).text).toBe(written.diffId.text);
    expect(image.layers.length).toBe(1);
    const manifest: unknown = JSON.parse(await readFile(join(to, 'blobs/sha256', written.manifest.hex), 'utf8'));
    expect(manifest).toMatchObject({ annotations: { 'io.fairlead.sif.evidence': 'B' } });
    expect((await readdir(join(to, 'blobs/sha256'))).length).toBe(3);
  });

  it('writes one file that is an OCI archive and a docker-archive, with the same digests', async () => {
    const to = join(folder, 'm.tar');
    const written = await writeSifImage(sif, to, archive);
    expect(written).toEqual(await writeSifImage(sif, join(folder, 'oci'), layout));
    for (const format of ['oci-archive', 'docker-archive'] as const) {
      await using image = await stored(to, format);
      expect(image.layers.map(({ diffId }) => diffId.text)).toEqual([written.diffId.text]);
    }
    await using converted = await ociConverter.open(await detectImage(to), {});
    expect((await collect(converted.stream())).length).toBeGreaterThan(46_592);
  });

  it('compresses on request, with the same diffID and config, and other digests only where bytes differ', async () => {
    const plain = await writeSifImage(sif, join(folder, 'none'), layout);
    for (const compression of ['gzip', 'zstd'] as const) {
      const to = join(folder, compression);
      const written = await writeSifImage(sif, to, { ...layout, compression });
      expect([written.diffId, written.config]).toEqual([plain.diffId, plain.config]);
      expect(written.layers[0]?.mediaType).toBe(`application/vnd.oci.image.layer.v1.tar+${compression}`);
      expect(written.manifest).not.toEqual(plain.manifest);
      await using image = await stored(to, 'oci-layout');
      expect(image.layers).toMatchObject([{ compression, digest: written.layers[0]?.digest }]);
      // Reading back verifies the digests of what is stored and of what it expands to.
      await using converted = await ociConverter.open({ format: 'oci-layout', path: to }, {});
      expect((await collect(converted.stream())).length).toBeGreaterThan(2000);
      const archived = await writeSifImage(sif, join(folder, `${compression}.tar`), { ...archive, compression });
      expect(archived).toEqual(written);
      await using docker = await stored(join(folder, `${compression}.tar`), 'docker-archive');
      expect(docker.layers).toMatchObject([{ compression, diffId: plain.diffId }]);
    }
  });

  it('gives the same bytes each time', async () => {
    const [first, second] = [join(folder, 'a.tar'), join(folder, 'b.tar')];
    await writeSifImage(sif, first, archive);
    await writeSifImage(sif, second, archive);
    expect((await readFile(first)).equals(await readFile(second))).toBe(true);
  });

  it('replaces an archive and fills an empty folder, but leaves one that holds something', async () => {
    const to = join(folder, 'm.tar');
    await writeFile(to, 'old');
    await writeSifImage(sif, to, archive);
    await mkdir(join(folder, 'empty'));
    await writeSifImage(sif, join(folder, 'empty'), layout);
    await expect(writeSifImage(sif, join(folder, 'empty'), layout)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await readdir(folder)).toSorted()).toEqual(['empty', 'm.tar', 'model.sif']);
  });

  it('leaves nothing of an image whose content is damaged, or of one that was cancelled', async () => {
    const bytes = await readFile(sif);
    // The first block of content lies behind the superblock.
    const block = bytes.indexOf('hsqs') + 96;
    bytes.fill(0xaa, block + 10, block + 60);
    await writeFile(join(folder, 'bad.sif'), bytes);
    const reason = new Error('enough');
    for (const options of [layout, archive]) {
      const writing = writeSifImage(join(folder, 'bad.sif'), join(folder, 'out'), options);
      await expect(writing).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
      const controller = new AbortController();
      const onProgress = ({ phase }: Progress): void => (phase === 'converting' ? controller.abort(reason) : undefined);
      const cancelled = writeSifImage(sif, join(folder, 'out'), { ...options, signal: controller.signal, onProgress });
      await expect(cancelled).rejects.toBe(reason);
    }
    expect((await readdir(folder)).toSorted()).toEqual(['bad.sif', 'model.sif']);
  });
});
