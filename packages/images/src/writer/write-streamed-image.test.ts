import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { smallImage } from '../__fixtures__/images.ts';
import type { LayerStream } from '../layer/pack-layer.ts';
import { mediaType } from '../oci/media-type.ts';
import { sha256 } from '../oci/digest.ts';
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
