import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileImageRef } from '@fairlead/core';
import { expect, it } from 'vitest';
import { layoutMaker, ociArchive } from './__fixtures__/images.ts';
import { lower, ociSif } from './__fixtures__/oci-sif.ts';
import { jsonObject, makeSif, partition } from './__fixtures__/sif.ts';
import { packedImage } from './__fixtures__/squashfs.ts';
import { createImageKnowledge, imageKnowledge, type ImageOptions } from './image-knowledge.ts';

it('gives managers a way from every format that is converted to the one that engines load (V2, V13)', () => {
  const ways = imageKnowledge.converters.flatMap(({ from, to }) => from.map((format) => [format, to]));
  expect(ways.map(([format]) => format)).toEqual([
    'oci-layout',
    'oci-archive',
    'docker-archive',
    'sif',
    'squashfs',
    'oci-sif',
  ]);
  expect(new Set(ways.map(([, to]) => to))).toEqual(new Set(['docker-archive']));
});

it('describes the image that it would convert: the one for the machine that was asked for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-knowledge-'));
  try {
    const maker = layoutMaker();
    const archive = ociArchive(join(folder, 'oci.tar'));
    await writeFile(archive.path, maker.finish([maker.image('amd64'), maker.image('arm64')]));
    const sif: FileImageRef = { format: 'oci-sif', path: join(folder, 'image.oci.sif') };
    const layers = [lower];
    await writeFile(sif.path, ociSif({ layers }, { layers, architecture: 'arm64' }));
    for (const image of [archive, sif]) {
      for (const architecture of ['amd64', 'arm64']) {
        const described = await createImageKnowledge({ architecture }).describe(image, {});
        expect(described?.architecture).toBe(architecture);
      }
      await expect(createImageKnowledge({ architecture: 's390x' }).describe(image, {})).rejects.toMatchObject({
        code: 'PLATFORM_MISMATCH',
      });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('takes options by format: images of another machine, a SIF read otherwise', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-knowledge-'));
  try {
    const path = join(folder, 'm');
    await writeFile(
      path,
      makeSif([jsonObject('oci-config.json', { Entrypoint: ['/a'] }), partition(packedImage('gzip'))]),
    );
    const nameFor = async (options?: ImageOptions): Promise<string> => {
      const converter = createImageKnowledge(options).converters.find(({ from }) => from.includes('sif'));
      await using converted = await converter?.open({ format: 'sif', path }, {});
      return converted?.name ?? 'none';
    };
    expect(await nameFor()).toMatch(/^localhost\/fairlead\/sif:/);
    expect(await nameFor({ sif: { mode: 'auto' } })).toBe(await nameFor());
    expect(await nameFor({ sif: { mode: 'oci' } })).not.toBe(await nameFor());
  } finally {
    await rm(folder, { recursive: true });
  }
});
