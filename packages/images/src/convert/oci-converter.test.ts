import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FileImageRef, Progress } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, layoutMaker, ociArchive, smallImage } from '../__fixtures__/images.ts';
import { detectImage } from '../detect/detect-input.ts';
import { mediaType, type Compression } from '../oci/media-type.ts';
import type { PackedImage } from '../oci/packed-image.ts';
import { openSource } from '../source.ts';
import { openTarArchive, type TarArchive } from '../tar/tar-archive.ts';
import { writeImageArchive, writeOciLayout } from '../writer/write-image.ts';
import { createOciConverter, ociConverter } from './oci-converter.ts';

const converter = createOciConverter('amd64');
const { signal } = new AbortController();
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-convert-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function convert(image: FileImageRef): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  await using converted = await converter.open(image, {});
  return { name: converted.name, bytes: await collect(converted.stream()) };
}

async function open(bytes: Uint8Array): Promise<TarArchive> {
  return openTarArchive(await openSource(new Blob([Buffer.from(bytes)]), { signal }));
}

async function json(archive: TarArchive, name: string): Promise<unknown> {
  const value: unknown = JSON.parse(Buffer.from(await archive.read(name)).toString());
  return value;
}

async function layout(image: PackedImage, name = 'layout'): Promise<FileImageRef> {
  const path = join(folder, name);
  await writeOciLayout(path, [{ image, names: ['v1'] }]);
  return { format: 'oci-layout', path };
}

describe('ociConverter', () => {
  it('declares what it turns into what', () => {
    expect(ociConverter.from).toEqual(['oci-layout', 'oci-archive', 'docker-archive']);
    expect(ociConverter.to).toBe('docker-archive');
  });

  it('gives one tar that is layout and docker-archive, named by the digest of the manifest', async () => {
    const image = smallImage('x');
    const { name, bytes } = await convert(await layout(image));
    expect(name).toBe(`localhost/fairlead/oci:${image.manifest.digest.hex.slice(0, 40)}`);
    const archive = await open(bytes);
    expect(await json(archive, 'index.json')).toMatchObject({
      manifests: [{ digest: image.manifest.digest.text, annotations: { 'org.opencontainers.image.ref.name': name } }],
    });
    const layers = image.layers.map(({ digest }) => `blobs/sha256/${digest.hex}`);
    expect(await json(archive, 'manifest.json')).toEqual([
      { Config: `blobs/sha256/${image.config.digest.hex}`, RepoTags: [name], Layers: layers },
    ]);
  });

  it('gives the same bytes for a layout and an archive, plain or compressed, and for its own output', async () => {
    const image = smallImage('x');
    const expected = await convert(await layout(image));
    const path = join(folder, 'a.tar');
    await writeImageArchive(path, [{ image, names: ['v1'] }], { form: 'oci-archive' });
    expect(await convert(ociArchive(path))).toEqual(expected);
    const plain = await readFile(path);
    for (const packed of [gzipSync(plain), zstdCompressSync(plain), expected.bytes]) {
      await writeFile(path, packed);
      expect(await convert(await detectImage(path))).toEqual(expected);
    }
  });

  it.each<Compression>(['none', 'gzip', 'zstd'])(
    'takes a docker-archive with layers compressed as %s, itself compressed or not',
    async (compression) => {
      const image = smallImage('x', { compression });
      const path = join(folder, 'd.tar');
      await writeImageArchive(path, [{ image, names: ['x:1'] }], { form: 'docker-archive' });
      const plain = await convert({ format: 'docker-archive', path });
      expect(plain.name).toBe(`localhost/fairlead/oci:${image.config.digest.hex.slice(0, 40)}`);
      const uncompressed = smallImage('x');
      const archive = await open(plain.bytes);
      for (const layer of uncompressed.layers) {
        const stored = await archive.read(`blobs/sha256/${layer.digest.hex}`);
        expect(Buffer.from(stored)).toEqual(await collect(layer.stream()));
      }
      await writeFile(path, gzipSync(await readFile(path)));
      expect(await convert({ format: 'docker-archive', path })).toEqual(plain);
    },
  );

  it('passes gzip layers on as they are, and expands zstd, which old engines cannot read', async () => {
    const gzip = smallImage('x', { compression: 'gzip' });
    const passed = await open((await convert(await layout(gzip, 'g'))).bytes);
    expect(passed.sizeOf(`blobs/sha256/${gzip.layers[0]?.digest.hex}`)).toBe(gzip.layers[0]?.size);
    expect(passed.sizeOf(`blobs/sha256/${gzip.manifest.digest.hex}`)).toBe(gzip.manifest.size);
    const zstd = smallImage('x', { compression: 'zstd' });
    const converted = await convert(await layout(zstd, 'z'));
    expect(converted.name).toContain(zstd.manifest.digest.hex.slice(0, 40));
    const expanded = await open(converted.bytes);
    const plain = smallImage('x');
    expect(expanded.sizeOf(`blobs/sha256/${plain.layers[0]?.digest.hex}`)).toBe(plain.layers[0]?.size);
    expect(expanded.sizeOf(`blobs/sha256/${zstd.layers[0]?.digest.hex}`)).toBeUndefined();
  });

  it('chooses among members', async () => {
    const [a, b] = [smallImage('a'), smallImage('b')];
    const images = [
      { image: a, names: ['localhost/a:1'] },
      { image: b, names: ['localhost/b:1'] },
    ];
    for (const form of ['oci-archive', 'docker-archive'] as const) {
      const path = join(folder, form);
      await writeImageArchive(path, images, { form });
      const digest = form === 'oci-archive' ? b.manifest.digest : b.config.digest;
      for (const member of ['localhost/b:1', '@1', `@${digest.text}`]) {
        expect((await convert({ format: form, path, member })).name).toContain(digest.hex.slice(0, 40));
      }
      const none = converter.open({ format: form, path }, {});
      await expect(none).rejects.toMatchObject({
        code: 'INVALID_IMAGE',
        message: expect.stringMatching(/localhost\/a:1/),
      });
      const other = converter.open({ format: form, path, member: 'c' }, {});
      await expect(other).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    }
  });

  it('tells its progress in bytes of layers', async () => {
    const image = await layout(smallImage('x'));
    const seen: Progress[] = [];
    await using converted = await converter.open(image, { onProgress: (progress) => seen.push(progress) });
    await collect(converted.stream());
    const last = seen.at(-1);
    expect(last?.phase).toBe('converting');
    expect(last?.bytes).toBe(last?.totalBytes);
  });

  it('stops with the reason of its signal, also in the middle, and leaves other images readable', async () => {
    const image = await layout(smallImage('x'));
    const reason = new Error('enough');
    await expect(converter.open(image, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    await using converted = await converter.open(image, { signal: controller.signal });
    const stream = converted.stream()[Symbol.asyncIterator]();
    await stream.next();
    controller.abort(reason);
    await expect(collect({ [Symbol.asyncIterator]: () => stream })).rejects.toBe(reason);
  });

  it('counts timeoutMs for opening only', async () => {
    const image = await layout(smallImage('x'));
    await using converted = await converter.open(image, { timeoutMs: 10_000 });
    expect((await collect(converted.stream())).length).toBeGreaterThan(0);
  });

  it('refuses formats that it does not know', async () => {
    const opening = converter.open({ format: 'sif', path: '/x' }, {});
    await expect(opening).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
  });

  it('refuses artifacts, layers that engines cannot unpack, and manifests of schema 1', async () => {
    const config = { architecture: 'amd64', rootfs: { diff_ids: [`sha256:${'0'.repeat(64)}`] } };
    const kinds: readonly (readonly [string, string, object])[] = [
      ['INVALID_IMAGE', 'application/vnd.cncf.helm.config.v1+json', { schemaVersion: 2 }],
      ['CONVERSION_FAILED', mediaType.config, { schemaVersion: 2 }],
      ['INVALID_IMAGE', mediaType.config, { schemaVersion: 1 }],
    ];
    for (const [code, type, version] of kinds) {
      const maker = layoutMaker();
      const layers = [maker.blob('application/vnd.sylabs.image.layer.v1.squashfs', Buffer.from('hsqs'))];
      const manifest = maker.blob(mediaType.manifest, { ...version, config: maker.blob(type, config), layers });
      const path = join(folder, 'x.tar');
      await writeFile(path, maker.finish([manifest]));
      await expect(converter.open(ociArchive(path), {})).rejects.toMatchObject({ code });
    }
  });
});
