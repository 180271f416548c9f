import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileImageRef, Progress } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { jsonObject, makeSif, makeSquashfs, partition } from '../__fixtures__/sif.ts';
import { gzippedImage, packedImage } from '../__fixtures__/squashfs.ts';
import { openSource } from '../source.ts';
import { openTarArchive, type TarArchive } from '../tar/tar-archive.ts';
import { createSifConverter, sifConverter } from './sif-converter.ts';
import type { SifOptions } from './sif-image.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-sif-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const ociConfig = { Env: ['A=1'], Entrypoint: ['/app'], Cmd: ['x'], WorkingDir: '/w' };
const sif = (name: 'gzip' | 'zstd' = 'gzip'): Buffer =>
  makeSif([jsonObject('oci-config.json', ociConfig), partition(packedImage(name))]);

async function file(bytes: Uint8Array, format: 'sif' | 'squashfs' = 'sif'): Promise<FileImageRef> {
  const path = join(folder, 'image');
  await writeFile(path, bytes);
  return { format, path };
}

async function convert(
  image: FileImageRef,
  options: SifOptions = { mode: 'oci' },
): Promise<{ readonly name: string; readonly archive: TarArchive }> {
  await using converted = await createSifConverter(options).open(image, {});
  const bytes = await collect(converted.stream());
  const source = await openSource(new Blob([Buffer.from(bytes)]), { signal: new AbortController().signal });
  return { name: converted.name, archive: await openTarArchive(source) };
}

interface Description {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

async function json<T>(archive: TarArchive, name: string): Promise<T> {
  // The test wrote what it reads.
  return JSON.parse(Buffer.from(await archive.read(name)).toString()) as T;
}

describe('sifConverter', () => {
  it('declares what it turns into what', () => {
    expect(sifConverter.from).toEqual(['sif', 'squashfs']);
    expect(sifConverter.to).toBe('docker-archive');
  });

  it('gives an archive whose configuration names the digest of its one layer (V13)', async () => {
    const bytes = sif();
    const { name, archive } = await convert(await file(bytes));
    expect(name).toMatch(/^localhost\/fairlead\/sif:[0-9a-f]{40}$/);
    const [manifest] = await json<readonly Description[]>(archive, 'manifest.json');
    expect(manifest).toMatchObject({ RepoTags: [name], Layers: ['layer.tar'] });
    const layer = await archive.read('layer.tar');
    const config = await archive.read(manifest?.Config ?? '');
    expect(manifest?.Config).toBe(`${createHash('sha256').update(config).digest('hex')}.json`);
    expect(await json(archive, manifest?.Config ?? '')).toEqual({
      created: '1970-01-01T00:00:00.000Z',
      architecture: 'amd64',
      os: 'linux',
      config: {
        ...ociConfig,
        Labels: {
          'io.fairlead.source-digest': `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
          'io.fairlead.conversion': expect.stringMatching(`^sha256:${name.split(':')[1] ?? ''}[0-9a-f]{24}$`),
        },
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
      history: [
        {
          created: '1970-01-01T00:00:00.000Z',
          created_by: 'fairlead',
          comment: `SIF ${'0'.repeat(32)}, configuration by evidence B`,
        },
      ],
    });
  });

  it('names equal content and options equally, others otherwise', async () => {
    const image = await file(sif());
    const { name } = await convert(image);
    expect((await convert(image)).name).toBe(name);
    expect((await convert(image, { mode: 'oci', lossy: true })).name).not.toBe(name);
    expect((await convert(await file(sif('zstd')))).name).not.toBe(name);
  });

  it('takes a bare squashfs, also behind the launch line of old images, though nothing says what it runs', async () => {
    const raw = gzippedImage('odd');
    const old = Buffer.concat([Buffer.from('#!/usr/bin/env run-singularity\n'), raw]);
    const layers: Uint8Array[] = [];
    for (const bytes of [raw, old]) {
      const { archive } = await convert(await file(bytes, 'squashfs'), { lossy: true });
      const [manifest] = await json<readonly Description[]>(archive, 'manifest.json');
      const { config } = await json<{ readonly config: object }>(archive, manifest?.Config ?? '');
      expect(Object.keys(config)).toEqual(['Env', 'Labels']);
      layers.push(await archive.read('layer.tar'));
    }
    expect(layers[0]).toEqual(layers[1]);
  });

  it('refuses file systems that are no squashfs by name, and overlays unless told to leave them out', async () => {
    for (const [type, word] of [
      [2, 'ext3'],
      [5, 'LUKS2'],
      [6, 'gocryptfs'],
    ] as const) {
      const opening = convert(await file(makeSif([partition(makeSquashfs(), type)])));
      await expect(opening).rejects.toMatchObject({ code: 'CONVERSION_FAILED', message: expect.stringMatching(word) });
    }
    const config = jsonObject('oci-config.json', ociConfig);
    const overlay = await file(makeSif([config, partition(packedImage('gzip')), partition(makeSquashfs(), 2, 4)]));
    await expect(convert(overlay)).rejects.toMatchObject({ message: expect.stringMatching(/overlay/) });
    expect((await convert(overlay, { mode: 'oci', lossy: true })).name).toContain('sif:');
  });

  it('refuses other formats and names inside', async () => {
    const other = sifConverter.open({ format: 'ext3', path: '/x' }, {});
    await expect(other).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    const named = sifConverter.open({ format: 'sif', path: '/x', member: 'a' }, {});
    await expect(named).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    await expect(sifConverter.open({ format: 'sif', path: join(folder, 'none') }, {})).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
  });

  it('says beforehand which labels the image will have, and reads no metadata for that (B15)', async () => {
    await using source = await openSource(new Blob([Buffer.from(sif())]), { signal: new AbortController().signal });
    const head = await source.read({ offset: 0, length: 128 });
    await using converted = await sifConverter.open(await file(head), {});
    expect(converted.labels).toEqual({
      'io.fairlead.source-digest': `sha256:${createHash('sha256').update(head).digest('hex')}`,
      'io.fairlead.conversion': expect.stringContaining(converted.name.split(':')[1] ?? 'none'),
    });
    await expect(collect(converted.stream())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it.each(['converted', 'out of a cache'])(
    'gives no whole archive of a file that is changed meanwhile: %s',
    async (how) => {
      const image = await file(sif());
      const cached: SifOptions = { mode: 'oci', cache: { folder: join(folder, 'cache') } };
      const options: SifOptions = how === 'converted' ? { mode: 'oci' } : cached;
      await convert(image, cached);
      await using converted = await createSifConverter(options).open(image, {});
      const pieces: Uint8Array[] = [];
      const reading = (async () => {
        for await (const piece of converted.stream()) {
          if (pieces.push(piece) === 1) await appendFile(image.path, 'x');
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
      expect(Buffer.concat(pieces).includes('manifest.json')).toBe(false);
    },
  );

  it('keeps layers where it is told to, whatever the mode, and gives the same archive from there', async () => {
    const image = await file(sif());
    const cache = { folder: join(folder, 'cache') };
    const bytesOf = async (options: SifOptions): Promise<Buffer> => {
      await using converted = await createSifConverter({ mode: 'oci', ...options }).open(image, {});
      return await collect(converted.stream());
    };
    const plain = await bytesOf({});
    expect((await bytesOf({ cache })).equals(plain)).toBe(true);
    const [name = ''] = await readdir(join(cache.folder, 'layers'));
    const layer = join(cache.folder, 'layers', name);
    expect(
      createHash('sha256')
        .update(await readFile(layer))
        .digest('hex'),
    ).toBe(name);
    await rm(image.path);
    await writeFile(image.path, sif());
    expect((await bytesOf({ cache })).equals(plain)).toBe(true);
    expect(await readdir(join(cache.folder, 'drafts'))).toEqual([]);
  });

  it('converts again what is damaged in the cache, in the same archive, and repairs the cache', async () => {
    const image = await file(sif());
    const cache = { folder: join(folder, 'cache') };
    const { archive: whole } = await convert(image, { mode: 'oci', cache });
    const [name = ''] = await readdir(join(cache.folder, 'layers'));
    const path = join(cache.folder, 'layers', name);
    const bytes = await readFile(path);
    for (const damaged of [Buffer.from(bytes).fill(7, 700, 900), bytes.subarray(0, 999)]) {
      await writeFile(path, damaged);
      const { archive } = await convert(image, { mode: 'oci', cache });
      const [manifest] = await json<readonly Description[]>(archive, 'manifest.json');
      expect(manifest?.Layers).toEqual([damaged.length === bytes.length ? 'converted.tar' : 'layer.tar']);
      expect(Buffer.from(await archive.read(manifest?.Layers[0] ?? '')).equals(bytes)).toBe(true);
      expect(manifest?.Config).toBe((await json<readonly Description[]>(whole, 'manifest.json'))[0]?.Config);
      expect((await readFile(path)).equals(bytes)).toBe(true);
    }
  });

  it('leaves nothing in the cache of a conversion that was left', async () => {
    const cache = { folder: join(folder, 'cache') };
    const controller = new AbortController();
    const converter = createSifConverter({ mode: 'oci', cache });
    await using converted = await converter.open(await file(sif()), { signal: controller.signal });
    const chunks = converted.stream()[Symbol.asyncIterator]();
    await chunks.next();
    await chunks.next();
    controller.abort(new Error('enough'));
    await expect(chunks.next()).rejects.toThrow('enough');
    const left = await readdir(cache.folder, { recursive: true });
    expect(left.toSorted()).toEqual(['drafts', 'keys', 'layers']);
  });

  it('tells its progress in bytes of the layer', async () => {
    const seen: Progress[] = [];
    const converter = createSifConverter({ mode: 'oci' });
    await using converted = await converter.open(await file(sif()), { onProgress: (progress) => seen.push(progress) });
    await collect(converted.stream());
    expect(seen.at(-1)).toMatchObject({ phase: 'converting', bytes: 46_592, totalBytes: 46_592 });
  });

  it('stops with the reason of its signal, before and while it reads', async () => {
    const image = await file(sif());
    const reason = new Error('enough');
    const converter = createSifConverter({ mode: 'oci' });
    await expect(converter.open(image, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    await using converted = await converter.open(image, { signal: controller.signal });
    const stream = converted.stream()[Symbol.asyncIterator]();
    await stream.next();
    controller.abort(reason);
    await expect(stream.next()).rejects.toBe(reason);
  });
});
