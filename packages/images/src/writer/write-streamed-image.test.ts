import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallImage } from '../__fixtures__/images.ts';
import type { LayerStream } from '../layer/pack-layer.ts';
import { mediaType } from '../oci/media-type.ts';
import { sha256, type Digest } from '../oci/digest.ts';
import { openSource } from '../source.ts';
import { openTarArchive } from '../tar/tar-archive.ts';
import { writeStreamedImage } from './write-streamed-image.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-streamed-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const digest = sha256(Buffer.from('x'));

/** A layer that says it is that large; the file is sparse, so it costs nothing. */
async function* layerOf(size: number): LayerStream {
  yield Buffer.from('first bytes');
  return { mediaType: mediaType.layer, digest, diffId: digest, size };
}

it.each([1000, 9 * 2 ** 30])('leaves room for the header of a layer of %i bytes', async (size) => {
  const { manifest, config } = smallImage('x');
  const to = join(folder, 'image.tar');
  const { signal } = new AbortController();
  await writeStreamedImage(
    { layers: [{ size, pack: () => layerOf(size) }], describe: async () => ({ manifest, config }) },
    { form: 'archive', to, names: [], signal, onBytes: () => undefined },
  );
  await using archive = await openTarArchive(await openSource(to, { signal }));
  const name = `blobs/sha256/${digest.hex}`;
  expect(archive.sizeOf(name)).toBe(size);
  expect(Buffer.from(archive.head(name)).toString()).toBe('first by');
  expect(archive.sizeOf('index.json')).toBeGreaterThan(0);
});

describe('layers whose digests are not sha256, as an OCI-SIF may have them', () => {
  const bytes = Buffer.from('content of a layer');
  const layers = (['sha384', 'sha512', 'sha256'] as const).map((algorithm) => {
    const hex = createHash(algorithm).update(bytes).digest('hex');
    const told: Digest = { algorithm, hex, text: `${algorithm}:${hex}` };
    async function* pack(): LayerStream {
      yield bytes;
      return { mediaType: mediaType.layer, digest: told, diffId: sha256(bytes), size: bytes.length };
    }
    return { size: bytes.length, pack, path: `blobs/${algorithm}/${hex}` };
  });
  const { manifest, config } = smallImage('x');
  const image = { layers, describe: async () => ({ manifest, config }) };
  const target = { names: [], signal: new AbortController().signal, onBytes: () => undefined };

  it('lie in a layout under their algorithms', async () => {
    const to = join(folder, 'layout');
    await writeStreamedImage(image, { ...target, form: 'oci-layout', to });
    for (const { path } of layers) expect((await readFile(join(to, path))).equals(bytes)).toBe(true);
    expect((await readdir(join(to, 'blobs/sha256'))).length).toBe(3);
    expect((await readdir(to)).toSorted()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it('and in an archive', async () => {
    const to = join(folder, 'image.tar');
    await writeStreamedImage(image, { ...target, form: 'archive', to });
    await using archive = await openTarArchive(await openSource(to, target));
    for (const { path } of layers) expect(Buffer.from(await archive.read(path)).equals(bytes)).toBe(true);
  });
});
