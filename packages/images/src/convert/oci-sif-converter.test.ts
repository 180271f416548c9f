import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import type { ConverterRecords, FileImageRef } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  config,
  fileLayer,
  jsonOf,
  loaded,
  lower,
  ociSif,
  ociSifOf,
  overlay,
  upper,
  zstdLayer,
  type Listed,
} from '../__fixtures__/oci-sif.ts';
import { collect } from '../__fixtures__/images.ts';
import { sha256 } from '../oci/digest.ts';
import { tarOf } from '../tar/write-tar.ts';
import { gzippedImage, packedImage, stackedImage } from '../__fixtures__/squashfs.ts';
import { ociSifConverter } from './oci-sif-converter.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-oci-sif-'));
  path = join(folder, 'image.oci.sif');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(bytes: Uint8Array): Promise<FileImageRef> {
  await writeFile(path, bytes);
  return { format: 'oci-sif', path };
}

describe('which image of an OCI-SIF is meant', () => {
  it('follows the platform, the member, and leaves signatures of cosign out', async () => {
    const arm = { layers: [lower], config, architecture: 'arm64' };
    const both = await write(ociSif({ layers: [fileLayer(packedImage('gzip'))], config }, arm));
    expect((await loaded(both)).name).not.toBe((await loaded(both, { architecture: 'arm64' })).name);
    await expect(loaded(both, { architecture: 's390x' })).rejects.toMatchObject({ code: 'PLATFORM_MISMATCH' });
    expect((await loaded({ ...both, member: '@1' }, { architecture: 'arm64' })).name).toContain('oci-sif:');
    const signed = await write(
      ociSifOf((maker) => {
        const { platform: _platform, ...image } = maker.image('amd64');
        const name = `_cosign:sha256-${'0'.repeat(64)}.sig`;
        return [image, { ...maker.image('arm64'), annotations: { 'org.opencontainers.image.ref.name': name } }];
      }),
    );
    expect((await loaded(signed)).name).toContain('oci-sif:');
  });

  it('refuses other formats', async () => {
    const other = ociSifConverter.open({ format: 'sif', path: '/x' }, {});
    await expect(other).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    const missing = ociSifConverter.open({ format: 'oci-sif', path: join(folder, 'none') }, {});
    await expect(missing).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });
});

describe('what tells an image of an OCI-SIF', () => {
  it('is the digest of its configuration, once it was converted here: until then no image of its name is trusted (V8)', async () => {
    const image = await write(ociSif({ layers: [lower], config }));
    const kept = new Map<string, object>();
    const records: ConverterRecords = {
      read: async (name) => kept.get(name),
      write: async (name, value) => void kept.set(name, value),
    };
    {
      await using first = await ociSifConverter.open(image, { records });
      expect([first.labels, first.ids]).toEqual([{}, []]);
      await collect(first.stream());
    }
    const [manifest] = await jsonOf<readonly Listed[]>((await loaded(image)).archive, 'manifest.json');
    await using second = await ociSifConverter.open(image, { records });
    expect(second.ids).toEqual([`sha256:${manifest?.Config.replace('.json', '')}`]);
    for (const [name] of kept) kept.set(name, { v: 1, config: 'no digest' });
    await using third = await ociSifConverter.open(image, { records });
    expect(third.ids).toEqual([]);
  });
});

describe('an OCI-SIF that cannot be converted', () => {
  it('has a writable overlay, which only lossy leaves out, with its diffID and its history', async () => {
    const history = ['low', 'up', 'over'].map((created_by) => ({ created_by }));
    const image = await write(ociSif({ layers: [lower, upper, overlay], config: { ...config, history } }));
    await expect(loaded(image)).rejects.toMatchObject({
      code: 'CONVERSION_FAILED',
      message: expect.stringMatching(/writable overlay \(ext3\)/),
    });
    const { archive } = await loaded(image, { lossy: true });
    const [listed] = await jsonOf<readonly Listed[]>(archive, 'manifest.json');
    const told = await jsonOf<{ readonly rootfs: { readonly diff_ids: readonly string[] } }>(
      archive,
      listed?.Config ?? '',
    );
    expect(told).toMatchObject({ history: history.slice(0, 2) });
    expect([told.rootfs.diff_ids.length, listed?.Layers.length]).toEqual([2, 2]);
  });

  it('is a data container, by name', async () => {
    const artifactType = 'application/vnd.sylabs.data-container.v1';
    for (const configType of [undefined, 'application/vnd.oci.empty.v1+json']) {
      const image = { layers: [lower], manifest: { artifactType }, ...(configType && { configType }) };
      await expect(loaded(await write(ociSif(image)))).rejects.toMatchObject({
        code: 'INVALID_IMAGE',
        message: expect.stringMatching(/data-container/),
      });
    }
  });

  it('has a layer that is damaged, missing, of an unknown type, or larger than its blob', async () => {
    const sif = ociSif({ layers: [lower, upper], config });
    const at = sif.indexOf(stackedImage('upper').subarray(0, 200));
    sif[at + 150] = (sif[at + 150] ?? 0) ^ 1;
    await expect(loaded(await write(sif))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    const gone = ociSif({ layers: [lower, upper], config });
    gone[4096 + 4] = 0;
    await expect(loaded(await write(gone))).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      message: expect.stringMatching(/missing/),
    });
    const strange = ociSif({ layers: [{ type: 'text/plain', content: Buffer.from('x') }] });
    await expect(loaded(await write(strange))).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    const long = Buffer.from(stackedImage('lower'));
    long.writeBigUInt64LE(BigInt(long.length + 100), 40);
    const beyond = ociSif({ layers: [fileLayer(long)], config });
    await expect(loaded(await write(beyond))).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      message: expect.stringMatching(/its partition/),
    });
    await expect(loaded(await write(ociSif({ layers: [fileLayer(gzippedImage('holes'))] })))).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
  });

  it('has one compressed layer so often that expanding all of them is too much', async () => {
    const tar = tarOf([{ type: 'file', name: 'zeros', content: '0'.repeat(1_000_000) }]);
    const layer = { ...zstdLayer, content: zstdCompressSync(tar), diffId: sha256(tar).text };
    const image = await write(ociSif({ layers: [layer, layer, layer], config }));
    const denied = { code: 'POLICY_DENIED', hint: expect.stringMatching(/maxBytes/) };
    await expect(loaded(image, { maxBytes: 3_100_000 })).resolves.toBeDefined();
    await expect(loaded(image, { maxBytes: 2_900_000 })).rejects.toMatchObject(denied);
    await expect(loaded(image, { maxBytes: 900_000 })).rejects.toMatchObject(denied);
  });

  it('was cancelled', async () => {
    const image = await write(ociSif({ layers: [lower], config }));
    const reason = new Error('enough');
    await expect(ociSifConverter.open(image, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
