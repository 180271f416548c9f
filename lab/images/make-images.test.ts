import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { makeImages } from './make-images.ts';

let folder = '';
let busybox = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-images-'));
  busybox = join(folder, 'program');
  await writeFile(busybox, 'program');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it('writes layout and archives, and offers no form that nothing has made', async () => {
  const { busybox: image } = await makeImages({ folder: join(folder, 'a'), busybox });
  for (const file of [image.ociLayout, image.ociArchive, image.dockerArchive])
    await expect(stat(file)).resolves.toBeDefined();
  expect(Object.keys(image).toSorted()).toEqual(['digest', 'dockerArchive', 'ociArchive', 'ociLayout']);
});

it('gives the same busybox the same digests anywhere', async () => {
  const [one, two] = [
    await makeImages({ folder: join(folder, 'a'), busybox }),
    await makeImages({ folder: join(folder, 'b'), busybox }),
  ];
  expect(one.busybox.digest).toBe(two.busybox.digest);
  expect(one.busybox.digest).not.toBe(one.busyboxConfig.digest);
});

it('keeps what is there, and makes anew what another busybox or a new form asks for', async () => {
  const goal = join(folder, 'a');
  const built: string[] = [];
  const build = async (archive: string) => void built.push(archive);
  const images = Object.keys(await makeImages({ folder: goal, busybox })).length;
  await makeImages({ folder: goal, busybox, build });
  await makeImages({ folder: goal, busybox, build });
  expect(built).toHaveLength(images);
  await writeFile(busybox, 'another program');
  await makeImages({ folder: goal, busybox, build });
  expect(built).toHaveLength(2 * images);
});

it("seeds a registry's storage with manifest and blobs under the tag", async () => {
  const registry = join(folder, 'registry');
  const { busybox: image } = await makeImages({ folder: join(folder, 'a'), busybox, registry });
  const repository = join(registry, 'docker/registry/v2/repositories/fairlead/busybox');
  expect(await readFile(join(repository, '_manifests/tags/test/current/link'), 'utf8')).toBe(image.digest);
  const hex = image.digest.replace('sha256:', '');
  const manifest: unknown = JSON.parse(
    await readFile(join(registry, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data'), 'utf8'),
  );
  expect(manifest).toMatchObject({ schemaVersion: 2 });
  expect(image.registry).toBe('127.0.0.1:5000/fairlead/busybox:test');
});
