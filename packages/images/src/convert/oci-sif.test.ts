import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FileImageRef } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { ociSif, ociSifOf, overlayLayer, squashfsLayer, type MadeImage, type MadeLayer } from '../__fixtures__/oci-sif.ts';
import { gzippedImage, packedImage, stackedImage } from '../__fixtures__/squashfs.ts';
import { detectImage } from '../detect/detect-input.ts';
import { openSource } from '../source.ts';
import { sourceReader } from '../tar/byte-reader.ts';
import { readTar } from '../tar/read-tar.ts';
import { openTarArchive, type TarArchive } from '../tar/tar-archive.ts';
import { tarOf } from '../tar/write-tar.ts';
import { createOciSifConverter, ociSifConverter } from './oci-sif-converter.ts';
import { openStoredImage } from './stored-image.ts';
import { writeSifImage } from './write-sif-image.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-oci-sif-'));
  path = join(folder, 'image.oci.sif');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();
const file = (content: Uint8Array): MadeLayer => ({ type: squashfsLayer, content });
const lower = file(stackedImage('lower'));
const upper = file(stackedImage('upper'));
const overlay: MadeLayer = { type: overlayLayer, content: Buffer.from('not looked at') };
const tar = tarOf([{ type: 'file', name: 'mark', content: 'x' }]);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const tarLayer: MadeLayer = {
  type: 'application/vnd.oci.image.layer.v1.tar+gzip',
  content: gzipSync(tar),
  diffId: `sha256:${sha256(tar)}`,
};
const zstdLayer: MadeLayer = {
  ...tarLayer,
  type: 'application/vnd.oci.image.layer.v1.tar+zstd',
  content: zstdCompressSync(tar),
};
const config = { config: { Entrypoint: ['/bin/app'], Env: ['A=ü'] }, created: '2024-01-01T00:00:00Z' };

async function write(bytes: Uint8Array): Promise<FileImageRef> {
  await writeFile(path, bytes);
  return { format: 'oci-sif', path };
}

async function load(image: FileImageRef, options = {}): Promise<{ readonly name: string; readonly archive: TarArchive }> {
  await using converted = await createOciSifConverter({ architecture: 'amd64', ...options }).open(image, {});
  const bytes = await collect(converted.stream());
  return { name: converted.name, archive: await openTarArchive(await openSource(new Blob([Uint8Array.from(bytes)]), { signal })) };
}

interface Listed {
  readonly Config: string;
  readonly Layers: readonly string[];
}

async function json<T>(archive: TarArchive, name: string): Promise<T> {
  // The test wrote what it reads.
  return JSON.parse(Buffer.from(await archive.read(name)).toString()) as T;
}

async function members(bytes: Uint8Array): Promise<readonly string[]> {
  const source = await openSource(new Blob([Uint8Array.from(bytes)]), { signal });
  const found: string[] = [];
  for await (const { name, type, mode, pax } of readTar(sourceReader(source), 100)) {
    found.push([type, mode.toString(8), name, ...pax.keys()].join(' '));
  }
  return found;
}

async function blob(to: string, digest: string): Promise<Buffer> {
  return readFile(join(to, 'blobs/sha256', digest.replace('sha256:', '')));
}

describe('an OCI-SIF with several layers', () => {
  it('becomes an archive to load whose upper layers say in whiteouts what the file systems say (V13)', async () => {
    const { name, archive } = await load(await write(ociSif({ layers: [lower, upper], config })));
    expect(name).toMatch(/^localhost\/fairlead\/oci-sif:[0-9a-f]{40}$/);
    const [listed] = await json<readonly Listed[]>(archive, 'manifest.json');
    const layers = await Promise.all((listed?.Layers ?? []).map((layer) => archive.read(layer)));
    const configuration = await json<object>(archive, listed?.Config ?? '');
    expect(configuration).toMatchObject({ ...config, rootfs: { diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) } });
    expect(await members(layers[1] ?? Buffer.alloc(0))).toEqual([
      'directory 755 ./',
      'directory 755 dir/',
      'file 644 dir/a',
      'file 600 dir/.wh.b',
      'file 600 .wh.gone',
      'directory 755 opq/ SCHILY.xattr.user.note',
      'file 600 opq/.wh..wh..opq',
      'file 644 opq/new',
    ]);
    expect(await members(layers[0] ?? Buffer.alloc(0))).toContain('file 644 opq/old');
  });

  it('keeps what it can of index, manifest and config byte for byte', async () => {
    const image: MadeImage = {
      layers: [{ ...lower, annotations: { a: '1' } }, upper],
      config,
      manifest: { annotations: { kept: 'yes' } },
      listed: { annotations: { 'org.opencontainers.image.ref.name': 'localhost/m:1' } },
    };
    const sif = ociSif(image);
    await write(sif);
    const to = join(folder, 'oci');
    const written = await writeSifImage(path, to, { form: 'oci-layout', architecture: 'amd64' });
    expect(written).toMatchObject({ branch: 'A', leftOut: { sockets: 0, lossy: 0 } });
    const stored = (await blob(to, written.config.text)).toString();
    const digests = [lower, upper].map(({ content }) => sha256(content));
    const back = written.layers.reduce((text, { diffId }, at) => text.replace(diffId.hex, digests[at] ?? ''), stored);
    expect(sif.includes(back)).toBe(true);
    const manifest: unknown = JSON.parse((await blob(to, written.manifest.text)).toString());
    expect(manifest).toMatchObject({ annotations: { kept: 'yes' }, layers: [{ annotations: { a: '1' } }, { size: written.layers[1]?.size }] });
    expect(JSON.parse(await readFile(join(to, 'index.json'), 'utf8'))).toMatchObject({
      manifests: [{ platform: { architecture: 'amd64' }, annotations: { 'org.opencontainers.image.ref.name': 'localhost/m:1' } }],
    });
  });

  it('gives the same digests as a layout, as an archive and to a load, and both forms verify', async () => {
    const reference = await write(ociSif({ layers: [lower, upper, tarLayer], config }));
    const options = { architecture: 'amd64', names: ['localhost/m:1'] };
    const layout = await writeSifImage(path, join(folder, 'oci'), { ...options, form: 'oci-layout' });
    const archive = await writeSifImage(path, join(folder, 'm.tar'), { ...options, form: 'archive' });
    expect(archive).toEqual(layout);
    const [listed] = await json<readonly Listed[]>((await load(reference)).archive, 'manifest.json');
    expect(listed?.Config).toBe(`${layout.config.hex}.json`);
    for (const [format, name] of [['oci-layout', 'oci'], ['oci-archive', 'm.tar'], ['docker-archive', 'm.tar']] as const) {
      await using image = await openStoredImage(
        { format, path: join(folder, name), member: 'localhost/m:1' },
        { signal, architecture: 'amd64' },
      );
      for (const [at, layer] of image.layers.entries()) {
        const expected = format === 'docker-archive' ? layout.layers[at]?.diffId : layout.layers[at]?.digest;
        const bytes = await collect(layer.stream());
        expect(sha256(layer.compression === 'gzip' && format === 'docker-archive' ? tar : bytes)).toBe(expected?.hex);
      }
    }
  });

  it('keeps one copy of a layer that occurs twice', async () => {
    await write(ociSif({ layers: [lower, upper, lower], config }));
    const written = await writeSifImage(path, join(folder, 'm.tar'), { form: 'archive', architecture: 'amd64' });
    expect(written.layers[0]?.digest).toEqual(written.layers[2]?.digest);
    const archive = await openTarArchive(await openSource(join(folder, 'm.tar'), { signal }));
    const [listed] = await json<readonly Listed[]>(archive, 'manifest.json');
    for (const layer of listed?.Layers ?? []) expect(sha256(await archive.read(layer))).toBe(layer.slice(-64));
    await archive[Symbol.asyncDispose]();
    expect((await detectImage(join(folder, 'm.tar'))).format).toBe('oci-archive');
  });
});

describe('an OCI-SIF with one layer', () => {
  it('is refused for what only several layers can mean, and loses it with lossy', async () => {
    const image = await write(ociSif({ layers: [upper], config }));
    await expect(load(image)).rejects.toMatchObject({ code: 'CONVERSION_FAILED', hint: expect.stringMatching(/lossy/) });
    const { archive } = await load(image, { lossy: true });
    expect(await members(await archive.read('layer-0.tar'))).not.toContain('file 600 .wh.gone');
  });

  it('with tar layers only keeps the digest of its manifest, and zstd is expanded for a load', async () => {
    const image = await write(ociSif({ layers: [tarLayer, zstdLayer], config, manifest: { annotations: { ä: '1' } } }));
    const written = await writeSifImage(path, join(folder, 'oci'), { form: 'oci-layout', architecture: 'amd64' });
    const manifest = await blob(join(folder, 'oci'), written.manifest.text);
    expect((await readFile(path)).includes(manifest)).toBe(true);
    const { archive } = await load(image);
    expect(Buffer.from(await archive.read('layer-1.tar')).equals(tar)).toBe(true);
    expect(Buffer.from(await archive.read('layer-0.tar')).equals(tarLayer.content)).toBe(true);
  });
});

describe('which image of an OCI-SIF is meant', () => {
  it('follows the platform, the member, and leaves signatures of cosign out', async () => {
    const arm = { layers: [lower], config, architecture: 'arm64' };
    const both = await write(ociSif({ layers: [file(packedImage('gzip'))], config }, arm));
    expect((await load(both)).name).not.toBe((await load(both, { architecture: 'arm64' })).name);
    await expect(load(both, { architecture: 's390x' })).rejects.toMatchObject({ code: 'PLATFORM_MISMATCH' });
    expect((await load({ ...both, member: '@1' }, { architecture: 'arm64' })).name).toContain('oci-sif:');
    const signed = await write(
      ociSifOf((maker) => {
        const { platform: _platform, ...image } = maker.image('amd64');
        const name = `_cosign:sha256-${'0'.repeat(64)}.sig`;
        return [image, { ...maker.image('arm64'), annotations: { 'org.opencontainers.image.ref.name': name } }];
      }),
    );
    expect((await load(signed)).name).toContain('oci-sif:');
  });

  it('refuses other formats', async () => {
    const other = ociSifConverter.open({ format: 'sif', path: '/x' }, {});
    await expect(other).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    const missing = ociSifConverter.open({ format: 'oci-sif', path: join(folder, 'none') }, {});
    await expect(missing).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });
});

describe('an OCI-SIF that cannot be converted', () => {
  it('has a writable overlay, which only lossy leaves out, with its diffID and its history', async () => {
    const history = ['low', 'up', 'over'].map((created_by) => ({ created_by }));
    const image = await write(ociSif({ layers: [lower, upper, overlay], config: { ...config, history } }));
    await expect(load(image)).rejects.toMatchObject({
      code: 'CONVERSION_FAILED',
      message: expect.stringMatching(/writable overlay \(ext3\)/),
    });
    const { archive } = await load(image, { lossy: true });
    const [listed] = await json<readonly Listed[]>(archive, 'manifest.json');
    const told = await json<{ readonly rootfs: { readonly diff_ids: readonly string[] } }>(archive, listed?.Config ?? '');
    expect(told).toMatchObject({ history: history.slice(0, 2) });
    expect([told.rootfs.diff_ids.length, listed?.Layers.length]).toEqual([2, 2]);
  });

  it('is a data container, by name', async () => {
    const artifactType = 'application/vnd.sylabs.data-container.v1';
    for (const configType of [undefined, 'application/vnd.oci.empty.v1+json']) {
      const image = { layers: [lower], manifest: { artifactType }, ...(configType && { configType }) };
      await expect(load(await write(ociSif(image)))).rejects.toMatchObject({
        code: 'INVALID_IMAGE',
        message: expect.stringMatching(/data-container/),
      });
    }
  });

  it('has a layer that is damaged, missing, of an unknown type, or larger than its blob', async () => {
    const sif = ociSif({ layers: [lower, upper], config });
    const at = sif.indexOf(stackedImage('upper').subarray(0, 200));
    sif[at + 150] = (sif[at + 150] ?? 0) ^ 1;
    await expect(load(await write(sif))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    const gone = ociSif({ layers: [lower, upper], config });
    gone[4096 + 4] = 0;
    await expect(load(await write(gone))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE', message: expect.stringMatching(/missing/) });
    const strange = ociSif({ layers: [{ type: 'text/plain', content: Buffer.from('x') }] });
    await expect(load(await write(strange))).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    const long = Buffer.from(stackedImage('lower'));
    long.writeBigUInt64LE(BigInt(long.length + 100), 40);
    const beyond = ociSif({ layers: [file(long)], config });
    await expect(load(await write(beyond))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE', message: expect.stringMatching(/its partition/) });
    await expect(load(await write(ociSif({ layers: [file(gzippedImage('holes'))] })))).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('was cancelled', async () => {
    const image = await write(ociSif({ layers: [lower], config }));
    const reason = new Error('enough');
    await expect(ociSifConverter.open(image, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
