import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, smallImage } from '../__fixtures__/images.ts';
import { config, gzipLayer, lower, ociSif, upper } from '../__fixtures__/oci-sif.ts';
import { jsonObject, makeSif, makeSquashfs, partition } from '../__fixtures__/sif.ts';
import { gzippedImage, packedImage } from '../__fixtures__/squashfs.ts';
import type { ImageInput } from '../source.ts';
import type { NewTarEntry } from '../tar/tar-entry.ts';
import { buildImage } from '../writer/build-image.ts';
import { writeImageArchive, writeOciLayout } from '../writer/write-image.ts';
import { listImage, type ListImageOptions } from './list-image.ts';
import { readImageFile } from './read-image-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-tree-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const amd64 = { architecture: 'amd64' };

async function list(input: ImageInput, options: ListImageOptions = {}): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { path, type } of listImage(input, { ...amd64, ...options })) {
    found.push(type === 'directory' ? `${path}/` : path);
  }
  return found;
}

const read = async (input: ImageInput, path: string): Promise<string> =>
  (await collect(readImageFile(input, { ...amd64, path }))).toString('latin1');

const blob = (bytes: Uint8Array): Blob => new Blob([Uint8Array.from(bytes)]);
const sif = makeSif([jsonObject('labels', {}), partition(packedImage('gzip'))]);

describe('a SIF or squashfs', () => {
  it('is listed with all that it says, from a path, an open file and a Blob', async () => {
    const path = join(folder, 'model.sif');
    await writeFile(path, sif);
    const names = await list(path);
    expect(names).toEqual([
      '/attributes',
      '/disk',
      '/empty',
      '/folder/',
      '/folder/copy',
      '/folder/hard',
      '/folder/inner/',
      '/folder/text',
      '/holes',
      '/link',
      '/null',
      '/pipe',
      '/setuid',
      '/ünïcödé\n☃',
      '/\ufffd\ufffd',
    ]);
    await using file = await open(path);
    expect(await list(file)).toEqual(names);
    expect(await list(blob(sif))).toEqual(names);
    expect(await list(blob(packedImage('zstd')))).toEqual(names);
    const old = Buffer.concat([Buffer.from('#!/usr/bin/env run-singularity\n'), packedImage('xz')]);
    expect(await list(blob(old))).toEqual(names);
    expect((await file.stat()).size).toBe(sif.length);
  });

  it('tells attributes, and names byte for byte', async () => {
    const entries = new Map<string, unknown>();
    for await (const { path, ...entry } of listImage(blob(sif))) entries.set(path, entry);
    expect(entries.get('/setuid')).toMatchObject({ type: 'file', mode: 0o4755, size: 10, mtimeSeconds: 1.6e9 });
    expect(entries.get('/empty')).toMatchObject({ uid: 70_000, gid: 4_000_000_000 });
    expect(entries.get('/link')).toMatchObject({ type: 'symlink', target: 'folder/text' });
    expect(entries.get('/disk')).toMatchObject({ type: 'block-device', major: 7, minor: 300 });
    expect(entries.get('/\ufffd\ufffd')).toMatchObject({ rawPath: Uint8Array.from([0x2f, 0xff, 0xfe]) });
  });

  it('is listed from a folder or a file on, with or without what is below', async () => {
    expect(await list(blob(sif), { path: 'folder' })).toEqual([
      '/folder/copy',
      '/folder/hard',
      '/folder/inner/',
      '/folder/text',
    ]);
    expect(await list(blob(sif), { path: '/link' })).toEqual(['/link']);
    expect(await list(blob(sif), { recursive: false })).not.toContain('/folder/copy');
    await expect(list(blob(sif), { path: '/folder/none' })).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('gives the content of a file, through links, tails and holes', async () => {
    const text = await read(blob(sif), '/link');
    expect(text.length).toBe(6190);
    expect(await read(blob(sif), '/folder/../folder/./hard')).toBe(text);
    expect(await read(blob(sif), '/holes')).toHaveLength(20_000);
    expect(await read(blob(sif), '/empty')).toBe('');
    for (const path of ['/folder', '/none', '/setuid/x', '/pipe']) {
      await expect(read(blob(sif), path)).rejects.toMatchObject({ code: 'INVALID_SPEC' });
    }
  });

  it('reads only what is asked for: a damaged block elsewhere does no harm', async () => {
    const image = packedImage('gzip');
    image.fill(0xaa, 106, 156);
    expect(await read(blob(image), '/setuid')).toHaveLength(10);
    await expect(read(blob(image), '/folder/copy')).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('is refused by name where its root file system is not read here', async () => {
    for (const [type, name] of [
      [2, 'ext3'],
      [5, 'LUKS2'],
      [6, 'gocryptfs'],
    ] as const) {
      const listing = list(blob(makeSif([partition(makeSquashfs(), type)])));
      await expect(listing).rejects.toMatchObject({ code: 'CONVERSION_FAILED', message: expect.stringMatching(name) });
    }
    await expect(list(blob(Buffer.from('apiVersion: v1\nkind: Pod\n')))).rejects.toMatchObject({
      code: 'INVALID_IMAGE',
    });
    await expect(list(folder)).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });

  it('stops with the reason of its signal, also in a file without end', async () => {
    const reason = new Error('enough');
    const aborted = { signal: AbortSignal.abort(reason) };
    await expect(list(blob(sif), aborted)).rejects.toBe(reason);
    const controller = new AbortController();
    const [path = ''] = await list(blob(gzippedImage('holes')));
    const content = readImageFile(blob(gzippedImage('holes')), { path, signal: controller.signal });
    await content.next();
    controller.abort(reason);
    await expect(collect(content)).rejects.toBe(reason);
  });
});

const merged = ['/bin/', '/bin/app', '/dir/', '/dir/a', '/kept', '/link', '/linked', '/opq/', '/opq/new'];

describe('an OCI-SIF', () => {
  it('shows what its layers make together', async () => {
    const image = blob(ociSif({ layers: [lower, upper], config }));
    expect(await list(image)).toEqual(merged);
    expect(await read(image, '/link')).toBe('upper-a\n');
    expect(await read(image, '/linked')).toBe('x\n');
    expect(await list(blob(ociSif({ layers: [lower], config })))).toContain('/gone');
    const mixed = blob(ociSif({ layers: [lower, gzipLayer], config }));
    expect(await read(mixed, '/mark')).toBe('x');
    expect(await read(mixed, '/dir/a')).toBe('lower-a\n');
  });
});

const layers: readonly (readonly NewTarEntry[])[] = [
  [
    { type: 'file', name: 'dir/a', content: 'lower-a\n' },
    { type: 'file', name: 'dir/b', content: 'lower-b\n' },
    { type: 'file', name: 'bin/app', content: '#!/bin/true\n' },
    { type: 'file', name: 'gone', content: 'gone\n' },
    { type: 'file', name: 'opq/sub/deep', content: 'deep' },
    { type: 'file', name: 'kept', content: 'x\n' },
    { type: 'symlink', name: 'link', target: '/dir/a' },
  ],
  [
    { type: 'file', name: 'dir/a', content: 'upper-a\n' },
    { type: 'file', name: 'dir/.wh.b', content: '' },
    { type: 'file', name: '.wh.gone', content: '' },
    // A link to what the layers below have; and the marker behind what it does not hide.
    { type: 'link', name: 'linked', target: 'kept' },
    { type: 'file', name: 'opq/new', content: 'new\n' },
    { type: 'file', name: 'opq/.wh..wh..opq', content: '' },
  ],
];

describe('an OCI image', () => {
  it.each(['none', 'gzip', 'zstd'] as const)(
    'with layers of %s shows what they make together, in each form',
    async (compression) => {
      const image = buildImage({ layers, compression, config: { architecture: 'amd64' } });
      await writeOciLayout(join(folder, 'layout'), [{ image }]);
      await writeImageArchive(join(folder, 'oci.tar'), [{ image }], { form: 'oci-archive' });
      await writeImageArchive(join(folder, 'docker.tar'), [{ image }], { form: 'docker-archive' });
      await using file = await open(join(folder, 'oci.tar'));
      for (const input of [join(folder, 'layout'), join(folder, 'oci.tar'), join(folder, 'docker.tar'), file]) {
        expect(await list(input)).toEqual(merged);
        expect(await read(input, '/link')).toBe('upper-a\n');
        expect(await read(input, '/linked')).toBe('x\n');
        await expect(read(input, '/gone')).rejects.toMatchObject({ code: 'INVALID_SPEC' });
      }
    },
  );

  it('in a compressed archive is read all the same', async () => {
    const path = join(folder, 'a.tar');
    await writeImageArchive(path, [{ image: smallImage('x') }], { form: 'docker-archive' });
    expect(await read(blob(gzipSync(await readFile(path))), '/mark')).toBe('x');
  });

  it('that replaces a folder by a file and a file by a folder shows the last', async () => {
    const image = buildImage({
      layers: [
        [
          { type: 'file', name: 'a/x', content: '1' },
          { type: 'file', name: 'b', content: '2' },
        ],
        [
          { type: 'file', name: 'a', content: '3' },
          { type: 'file', name: 'b/y', content: '4' },
        ],
        [
          { type: 'file', name: 'c/.wh..wh..opq', content: '' },
          { type: 'file', name: 'd/.wh.none', content: '' },
        ],
      ],
      config: { architecture: 'amd64' },
    });
    await writeOciLayout(join(folder, 'l'), [{ image }]);
    expect(await list(join(folder, 'l'))).toEqual(['/a', '/b/', '/b/y']);
  });

  it('is refused where a layer is forged or damaged', async () => {
    const image = buildImage({ layers, config: { architecture: 'amd64' } });
    await writeImageArchive(join(folder, 'a.tar'), [{ image }], { form: 'oci-archive' });
    const bytes = await readFile(join(folder, 'a.tar'));
    const at = bytes.indexOf('lower-b');
    bytes[at] = 0x4c;
    await expect(list(blob(bytes))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });
});
