import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PackedImage } from '../oci/packed-image.ts';
import { buildImage } from './build-image.ts';
import { writeImageArchive, writeOciLayout } from './write-image.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-writer-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function sample(): PackedImage {
  return buildImage({
    layers: [
      [{ type: 'file', name: 'a', content: 'one' }],
      [{ type: 'file', name: 'b', content: 'two' }],
      [{ type: 'file', name: 'a', content: 'one' }],
    ],
    config: { command: ['/a'], env: { KEY: 'a=b' }, labels: { l: 'v' }, volumes: ['/data'], workdir: '/w' },
  });
}

const members = (file: string): string[] => execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).trim().split('\n');

describe('writeOciLayout', () => {
  it('writes blobs under their digests, each once, and an index that names the image', async () => {
    const path = join(folder, 'layout');
    await writeOciLayout(path, [{ image: sample(), names: ['localhost/x:1'] }]);
    const blobs = await readdir(join(path, 'blobs/sha256'));
    expect(blobs).toHaveLength(4);
    for (const blob of blobs) {
      const bytes = await readFile(join(path, 'blobs/sha256', blob));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(blob);
    }
    const index: unknown = JSON.parse(await readFile(join(path, 'index.json'), 'utf8'));
    expect(index).toMatchObject({
      manifests: [{ annotations: { 'org.opencontainers.image.ref.name': 'localhost/x:1' } }],
    });
  });

  it('refuses a folder that holds something and leaves it as it was', async () => {
    const path = join(folder, 'layout');
    await mkdir(path);
    await writeFile(join(path, 'mine'), '');
    await expect(writeOciLayout(path, [{ image: sample() }])).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readdir(folder)).toEqual(['layout']);
    expect(await readdir(path)).toEqual(['mine']);
  });
});

describe('writeImageArchive', () => {
  it('gives equal files for equal images', async () => {
    for (const name of ['1', '2']) {
      await writeImageArchive(join(folder, name), [{ image: sample() }], { form: 'both' });
    }
    expect(await readFile(join(folder, '1'))).toEqual(await readFile(join(folder, '2')));
  });

  it('writes one tar that is an OCI layout and a docker-archive, without a member "./"', async () => {
    const file = join(folder, 'both.tar');
    const image = sample();
    await writeImageArchive(file, [{ image, names: ['localhost/x:1'] }], { form: 'both' });
    const names = members(file);
    expect(names.slice(0, 5)).toEqual(['oci-layout', 'index.json', 'manifest.json', 'blobs/', 'blobs/sha256/']);
    expect(names).toHaveLength(5 + 4);
    const manifest: unknown = JSON.parse(execFileSync('tar', ['-xOf', file, 'manifest.json'], { encoding: 'utf8' }));
    expect(manifest).toEqual([
      {
        Config: `blobs/sha256/${image.config.digest.hex}`,
        RepoTags: ['localhost/x:1'],
        Layers: image.layers.map((layer) => `blobs/sha256/${layer.digest.hex}`),
      },
    ]);
  });

  it('writes the classic docker-archive without a layout, and the OCI archive without manifest.json', async () => {
    await writeImageArchive(join(folder, 'd'), [{ image: sample() }], { form: 'docker-archive' });
    await writeImageArchive(join(folder, 'o'), [{ image: sample() }], { form: 'oci-archive' });
    expect(members(join(folder, 'd'))).not.toContain('oci-layout');
    expect(members(join(folder, 'd')).filter((name) => name.endsWith('.tar'))).toHaveLength(2);
    expect(members(join(folder, 'o'))).not.toContain('manifest.json');
  });

  it('leaves nothing and keeps the old file when a blob breaks its promise', async () => {
    const file = join(folder, 'x.tar');
    await writeFile(file, 'old');
    const image = sample();
    const broken = { ...image, config: { ...image.config, size: image.config.size + 1 } };
    const writing = writeImageArchive(file, [{ image: broken }], { form: 'both' });
    await expect(writing).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    expect(await readdir(folder)).toEqual(['x.tar']);
    expect(await readFile(file, 'utf8')).toBe('old');
  });

  it('rejects with the reason of its signal and leaves nothing', async () => {
    const reason = new Error('enough');
    const writing = writeImageArchive(join(folder, 'x.tar'), [{ image: sample() }], {
      form: 'both',
      signal: AbortSignal.abort(reason),
    });
    await expect(writing).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual([]);
  });
});
