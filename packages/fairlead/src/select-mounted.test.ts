import { describe, expect, it } from 'vitest';
import { FairleadError, unsupported, type FileImageFormat, type ImageMounter, type ImageRef } from '@fairlead/core';
import { fakeModule, images } from './__fixtures__/fake-module.ts';
import { select } from './select.ts';
import type { SelectOptions } from './selection.ts';

const sif: ImageRef = { format: 'sif', path: '/data/model.bin' };

/** Says of every file that its file system can be mounted. */
const mounter: ImageMounter = {
  from: ['sif'],
  describe: async ({ path }) => ({
    file: { path, device: 1n, inode: 1n, size: 1n, modifiedNs: 1n, changedNs: 1n },
    offset: 4096,
    config: {},
  }),
  check: () => Promise.resolve(),
  explain: () => Promise.resolve('mode auto'),
};

/** The name of the backend that is chosen. */
async function chosen(what: Parameters<typeof select>[0], options: SelectOptions): Promise<string> {
  await using selected = await select(what, { images, ...options });
  return selected.backend;
}

describe('of engines that do not run an image file as it is, select', () => {
  it('takes one that runs it over a mount before one that converts it; where nothing may be converted, if asked to', async () => {
    const loads: FileImageFormat[] = ['docker-archive'];
    const cannot = { 'images.mount': unsupported('no squashfuse', 'install squashfuse') };
    const converts = fakeModule({ name: 'converts', loads, supports: cannot, probe: { rootless: true } });
    const managers = [converts, fakeModule({ name: 'mounts', loads })];
    const mounting = { ...images, mounter };
    await using selected = await select(sif, { managers, images: mounting });
    expect(selected.selection).toMatchObject({
      chosen: { candidate: { backend: 'mounts', mounts: ['sif'] }, mounts: true, converts: false },
      conversion: { from: 'sif', to: 'mount', how: 'mode auto' },
    });
    await expect(chosen(sif, { managers, images: mounting, convert: 'never', mount: 'auto' })).resolves.toBe('mounts');
    await expect(chosen(sif, { managers, images: mounting, convert: 'never' })).rejects.toThrow("convert is 'never'");
    await expect(chosen(sif, { managers, images: mounting, mount: 'never' })).resolves.toBe('converts');
  });

  it('takes one that mounts it after one that runs the format itself, also if it cannot be mounted', async () => {
    const managers = [
      fakeModule({ name: 'mounts', loads: ['docker-archive'] }),
      fakeModule({ name: 'runs', formats: ['sif'] }),
    ];
    const broken: ImageMounter = {
      ...mounter,
      describe: () => Promise.reject(new FairleadError({ code: 'CONVERSION_FAILED', message: 'it has an overlay' })),
    };
    await expect(chosen(sif, { managers, images: { ...images, mounter } })).resolves.toBe('runs');
    await using selected = await select(sif, { managers, images: { ...images, mounter: broken } });
    expect(selected.selection.verdicts.map(({ reasons }) => reasons)).toEqual([
      [],
      ['images.mount: it has an overlay'],
    ]);
  });

  it('has mounts tried only for what can be mounted', async () => {
    const asked: boolean[] = [];
    const module = fakeModule({
      name: 'mounts',
      loads: ['docker-archive'],
      probed: ({ mounts }) => asked.push(mounts),
    });
    const options = { managers: [module], images: { ...images, mounter } };
    await chosen(sif, options);
    await chosen('busybox:1', options);
    await chosen('busybox:1', { ...options, mount: 'auto' });
    await chosen(sif, { ...options, mount: 'never' });
    expect(asked).toEqual([true, false, true, false]);
  });

  it('refuses all where nothing may be converted and nothing can be mounted, with the reason and remedy of both', async () => {
    const cannot = { 'images.mount': unsupported('no squashfuse', 'install squashfuse') };
    const managers = [fakeModule({ name: 'converts', loads: ['docker-archive'], supports: cannot })];
    const selecting = select(sif, { managers, images: { ...images, mounter }, convert: 'never', mount: 'auto' });
    await expect(selecting).rejects.toThrow(
      /convert is 'never'; images\.mount: no squashfuse\n\s+-> install squashfuse/,
    );
  });
});
