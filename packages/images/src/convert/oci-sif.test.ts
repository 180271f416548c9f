import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileImageRef } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import {
  add,
  config,
  gzipLayer,
  jsonOf,
  loaded,
  lower,
  markTar,
  ociSif,
  ociSifOf,
  upper,
  zstdLayer,
  type Listed,
  type MadeImage,
} from '../__fixtures__/oci-sif.ts';
import { detectImage } from '../detect/detect-input.ts';
import { openSource } from '../source.ts';
import { sourceReader } from '../tar/byte-reader.ts';
import { readTar } from '../tar/read-tar.ts';
import { openTarArchive } from '../tar/tar-archive.ts';
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
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function write(bytes: Uint8Array): Promise<FileImageRef> {
  await writeFile(path, bytes);
  return { format: 'oci-sif', path };
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
    const { name, archive } = await loaded(await write(ociSif({ layers: [lower, upper], config })));
    expect(name).toMatch(/^localhost\/fairlead\/oci-sif:[0-9a-f]{40}$/);
    const [listed] = await jsonOf<readonly Listed[]>(archive, 'manifest.json');
    const layers = await Promise.all((listed?.Layers ?? []).map((layer) => archive.read(layer)));
    const configuration = await jsonOf<object>(archive, listed?.Config ?? '');
    expect(configuration).toMatchObject({
      ...config,
      rootfs: { diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    });
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
    expect(manifest).toMatchObject({
      annotations: { kept: 'yes', 'io.fairlead.sif.evidence': 'A' },
      layers: [{ annotations: { a: '1' } }, { size: written.layers[1]?.size }],
    });
    expect(JSON.parse(await readFile(join(to, 'index.json'), 'utf8'))).toMatchObject({
      manifests: [
        { platform: { architecture: 'amd64' }, annotations: { 'org.opencontainers.image.ref.name': 'localhost/m:1' } },
      ],
    });
  });

  it('keeps the annotations of its index, and all that this says of the image; others in it are left out', async () => {
    const listed = {
      annotations: { 'org.opencontainers.image.ref.name': 'localhost/m:1', 'org.example': 'ä' },
      platform: { os: 'linux', architecture: 'amd64', variant: 'v2', 'os.version': '1', 'os.features': ['x'] },
    };
    const annotations = { 'org.example.index': 'kept' };
    const other: MadeImage = { layers: [lower], config, architecture: 'arm64' };
    await write(
      ociSifOf((maker) => [add(maker, other), add(maker, { layers: [lower, upper], config, listed })], { annotations }),
    );
    const to = join(folder, 'oci');
    const { manifest } = await writeSifImage(path, to, { form: 'oci-layout', architecture: 'amd64' });
    const index: unknown = JSON.parse(await readFile(join(to, 'index.json'), 'utf8'));
    expect(index).toMatchObject({ annotations, manifests: [{ ...listed, digest: manifest.text }] });
    expect(index).toHaveProperty('manifests.length', 1);
    await writeSifImage(path, join(folder, 'm.tar'), { form: 'archive', architecture: 'amd64' });
    const archive = await openTarArchive(await openSource(join(folder, 'm.tar'), { signal }));
    expect(await jsonOf(archive, 'index.json')).toEqual(index);
    await archive[Symbol.asyncDispose]();
  });

  it('gives the same digests as a layout, as an archive and to a load, and both forms verify', async () => {
    const reference = await write(ociSif({ layers: [lower, upper, gzipLayer], config }));
    const options = { architecture: 'amd64', names: ['localhost/m:1'] };
    const layout = await writeSifImage(path, join(folder, 'oci'), { ...options, form: 'oci-layout' });
    const archive = await writeSifImage(path, join(folder, 'm.tar'), { ...options, form: 'archive' });
    expect(archive).toEqual(layout);
    const [listed] = await jsonOf<readonly Listed[]>((await loaded(reference)).archive, 'manifest.json');
    expect(listed?.Config).toBe(`${layout.config.hex}.json`);
    for (const [format, name] of [
      ['oci-layout', 'oci'],
      ['oci-archive', 'm.tar'],
      ['docker-archive', 'm.tar'],
    ] as const) {
      await using image = await openStoredImage(
        { format, path: join(folder, name), member: 'localhost/m:1' },
        { signal, architecture: 'amd64' },
      );
      for (const [at, layer] of image.layers.entries()) {
        const expected = format === 'docker-archive' ? layout.layers[at]?.diffId : layout.layers[at]?.digest;
        const bytes = await collect(layer.stream());
        expect(sha256(layer.compression === 'gzip' && format === 'docker-archive' ? markTar : bytes)).toBe(
          expected?.hex,
        );
      }
    }
  });

  it('keeps one copy of a layer that occurs twice', async () => {
    await write(ociSif({ layers: [lower, upper, lower], config }));
    const written = await writeSifImage(path, join(folder, 'm.tar'), { form: 'archive', architecture: 'amd64' });
    expect(written.layers[0]?.digest).toEqual(written.layers[2]?.digest);
    const archive = await openTarArchive(await openSource(join(folder, 'm.tar'), { signal }));
    const [listed] = await jsonOf<readonly Listed[]>(archive, 'manifest.json');
    for (const layer of listed?.Layers ?? []) expect(sha256(await archive.read(layer))).toBe(layer.slice(-64));
    await archive[Symbol.asyncDispose]();
    expect((await detectImage(join(folder, 'm.tar'))).format).toBe('oci-archive');
  });
});

describe('an OCI-SIF with one layer', () => {
  it('is refused for what only several layers can mean, and loses it with lossy', async () => {
    const image = await write(ociSif({ layers: [upper], config }));
    await expect(loaded(image)).rejects.toMatchObject({
      code: 'CONVERSION_FAILED',
      hint: expect.stringMatching(/lossy/),
    });
    const { archive } = await loaded(image, { lossy: true });
    expect(await members(await archive.read('layer-0.tar'))).not.toContain('file 600 .wh.gone');
  });

  it('with tar layers only keeps the digest of its manifest, and zstd is expanded for a load', async () => {
    const image = await write(
      ociSif({ layers: [gzipLayer, zstdLayer], config, manifest: { annotations: { ä: '1' } } }),
    );
    const written = await writeSifImage(path, join(folder, 'oci'), { form: 'oci-layout', architecture: 'amd64' });
    const manifest = await blob(join(folder, 'oci'), written.manifest.text);
    expect((await readFile(path)).includes(manifest)).toBe(true);
    const { archive } = await loaded(image);
    expect(Buffer.from(await archive.read('layer-1.tar')).equals(markTar)).toBe(true);
    expect(Buffer.from(await archive.read('layer-0.tar')).equals(gzipLayer.content)).toBe(true);
  });
});
