import { link, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveArtifact, specOf, type Selectable } from './artifact.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-artifact-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function resolve(what: Selectable): ReturnType<typeof resolveArtifact> {
  return resolveArtifact(what, { signal: new AbortController().signal });
}

describe('what was asked for', () => {
  it.each([
    ['a registry name', 'busybox', { format: 'registry', name: 'docker.io/library/busybox:latest' }],
    ['a prefix', 'oci:/a/layout:v1', { format: 'oci-layout', path: '/a/layout', member: 'v1' }],
    ['an image', { format: 'sif', path: '/a' }, { format: 'sif', path: '/a' }],
    ['a spec', { image: 'sif:/a', user: '1' }, { format: 'sif', path: '/a' }],
  ] as const)('is told by %s', async (_, what, image) => {
    await expect(resolve(what)).resolves.toMatchObject({ kind: 'image', image });
  });

  it.each([
    [{ yaml: 'kind: Pod' }, 'given as text'],
    [{ objects: [] }, 'given as text'],
    [{ file: '/a/pod' }, '/a/pod'],
  ] as const)('is a manifest for %j', async (what, source) => {
    await expect(resolve(what)).resolves.toEqual({ kind: 'manifest', source });
  });

  it('is told by the content of a file, never by its name (V2)', async () => {
    const file = join(folder, 'model.sif');
    await writeFile(file, 'apiVersion: v1\nkind: Pod\n');
    await expect(resolve(file)).resolves.toEqual({ kind: 'manifest', source: file });
    await writeFile(file, 'nothing in particular');
    await expect(resolve(file)).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
    await expect(resolve(join(folder, 'absent'))).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  it('says which file it was, the same under any name', async () => {
    const [file, other] = [join(folder, 'a'), join(folder, 'b')];
    await writeFile(file, 'four');
    await link(file, other);
    const first = await resolve({ format: 'sif', path: file });
    expect(first).toMatchObject({ file: { sizeBytes: 4, modifiedAt: expect.stringMatching(/^\d{4}-.*Z$/) } });
    expect(await resolve({ format: 'sif', path: other })).toMatchObject({
      file: first.kind === 'image' ? first.file : {},
    });
  });
});

describe('the spec that select asks about', () => {
  it('is the caller’s with the image as found, or only the image', () => {
    const artifact = { kind: 'image', image: { format: 'sif', path: '/m' } } as const;
    expect(specOf({ image: './m', user: '1' }, artifact)).toEqual({ image: artifact.image, user: '1' });
    expect(specOf('./m', artifact)).toEqual({ image: artifact.image });
    expect(specOf({ yaml: '' }, { kind: 'manifest', source: 'x' })).toBeUndefined();
  });
});
