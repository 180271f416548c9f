import { createHash } from 'node:crypto';
import { deflateSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { gzippedImage, openImage, packedImage } from '../__fixtures__/squashfs.ts';
import { sha256 as digestOf } from '../oci/digest.ts';
import type { Compression } from '../oci/media-type.ts';
import { compressionKey } from './compression-key.ts';
import { packLayer, type PackedLayer } from './pack-layer.ts';
import { planLayer, type SquashfsLayer } from './squashfs-layer.ts';

interface Packed {
  readonly bytes: Buffer;
  readonly told: PackedLayer;
  readonly progress: readonly number[];
}

async function pack(layer: SquashfsLayer, compression: Compression): Promise<Packed> {
  const progress: number[] = [];
  const stream = packLayer(layer, { compression, onBytes: (bytes) => progress.push(bytes) });
  const parts: Uint8Array[] = [];
  for (let next = await stream.next(); ; next = await stream.next()) {
    if (next.done === true) return { bytes: Buffer.concat(parts), told: next.value, progress };
    parts.push(next.value);
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const plan = async (image: Uint8Array): Promise<SquashfsLayer> => planLayer(await openImage(image), { maxRatio: 1e6 });

describe('packLayer', () => {
  it.each(['gzip', 'zstd', 'xz', 'lz4', 'lzo', 'plain'] as const)(
    'packs a file system of %s in each compression as the same tar, with the same diffID',
    async (name) => {
      const layer = await plan(packedImage(name));
      const tar = await collect(layer.stream());
      for (const [compression, expand, type] of [
        ['none', (bytes: Buffer) => bytes, ''],
        ['gzip', (bytes: Buffer) => gunzipSync(bytes), '+gzip'],
        ['zstd', (bytes: Buffer) => zstdDecompressSync(bytes), '+zstd'],
      ] as const) {
        const { bytes, told, progress } = await pack(layer, compression);
        expect(expand(bytes).equals(tar)).toBe(true);
        expect(told).toMatchObject({ size: bytes.length, mediaType: `application/vnd.oci.image.layer.v1.tar${type}` });
        expect([told.digest.hex, told.diffId.hex]).toEqual([sha256(bytes), sha256(tar)]);
        expect(progress.at(-1)).toBe(tar.length);
      }
    },
  );

  it('gives the same bytes each time, in each compression', async () => {
    const layer = await plan(packedImage('gzip'));
    for (const compression of ['gzip', 'zstd'] as const) {
      const [first, second] = [await pack(layer, compression), await pack(layer, compression)];
      expect(first.bytes.equals(second.bytes)).toBe(true);
    }
  });

  it('gives blocks that zlib has compressed already on as they are', async () => {
    const image = packedImage('gzip');
    // The first block of content, of 927 bytes, without the header and the checksum of zlib.
    const block = image.subarray(96 + 2, 96 + 927 - 4);
    const { bytes } = await pack(await plan(image), 'gzip');
    expect(bytes.includes(block)).toBe(true);
    const headAndBlock = Buffer.concat([Buffer.from('1f8b08000000000000ff', 'hex'), block]);
    expect(bytes.includes(headAndBlock)).toBe(true);
  });

  it('compresses a block itself where something stands behind the stream of zlib', async () => {
    const image = packedImage('gzip');
    image.fill(0xff, 96, 96 + 927);
    image.set(deflateSync(Buffer.alloc(4096, 'z')), 96);
    const layer = await plan(image);
    const { bytes } = await pack(layer, 'gzip');
    expect(gunzipSync(bytes).equals(await collect(layer.stream()))).toBe(true);
    expect(bytes.includes(Buffer.alloc(100, 0xff))).toBe(false);
  });

  it('packs holes without reading them', async () => {
    const layer = await planLayer(await openImage(gzippedImage('holes')), { maxBytes: 2 ** 40, maxHoleBytes: 2 ** 40 });
    for (const compression of ['gzip', 'zstd'] as const) {
      const told: number[] = [];
      const stream = packLayer(layer, { compression, onBytes: (bytes) => told.push(bytes) });
      let size = 0;
      while ((told.at(-1) ?? 0) < 20_000_000) {
        const { value } = await stream.next();
        size += value instanceof Uint8Array ? value.length : 0;
      }
      expect(size).toBeLessThan(200_000);
    }
  });

  it('fails as the plain layer does where content is damaged', async () => {
    const image = packedImage('gzip');
    image.fill(0xaa, 106, 156);
    const layer = await plan(image);
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      await expect(pack(layer, compression)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    }
  });
});

describe('compressionKey', () => {
  const digests = [packedImage('gzip'), packedImage('zstd')].map((image) => digestOf(image));

  it('names what the bytes depend on', () => {
    for (const digest of digests) {
      expect(compressionKey('none', digest)).toBe('none');
      expect(compressionKey('gzip', digest)).toContain(process.versions.zlib);
      expect(compressionKey('zstd', digest)).toContain(process.versions['zstd']);
    }
  });

  it('is equal for layers of one diffID only where their bytes are: gzip takes over blocks of its source', async () => {
    const layers = [await plan(packedImage('gzip')), await plan(packedImage('zstd'))];
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      const packed = await Promise.all(layers.map((layer) => pack(layer, compression)));
      expect(packed[0]?.told.diffId).toEqual(packed[1]?.told.diffId);
      const keys = digests.map((digest) => compressionKey(compression, digest));
      expect(keys[0] === keys[1]).toBe(packed[0]?.told.digest.hex === packed[1]?.told.digest.hex);
    }
  });
});
