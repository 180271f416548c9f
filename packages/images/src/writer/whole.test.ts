import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallImage } from '../__fixtures__/images.ts';
import type { NamedImage } from '../oci/packed-image.ts';
import { targetError } from './whole.ts';
import { writeImageArchive, writeOciLayout } from './write-image.ts';
import { writeStreamedImage } from './write-streamed-image.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-whole-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const images: readonly NamedImage[] = [{ image: smallImage('x') }];
const { signal } = new AbortController();

function streamed(to: string, form: 'oci-layout' | 'archive'): Promise<unknown> {
  const { manifest, config } = smallImage('x');
  const image = { layers: [], describe: async () => ({ manifest, config }) };
  return writeStreamedImage(image, { form, to, names: [], signal, onBytes: () => undefined });
}

type Write = (to: string) => Promise<unknown>;
const layouts: readonly [string, Write][] = [
  ['writeOciLayout', (to) => writeOciLayout(to, images)],
  ['writeStreamedImage as a layout', (to) => streamed(to, 'oci-layout')],
];
const files: readonly [string, Write][] = [
  ['writeImageArchive', (to) => writeImageArchive(to, images, { form: 'both' })],
  ['writeStreamedImage as an archive', (to) => streamed(to, 'archive')],
];

describe.each(layouts)('%s', (_, write) => {
  it('takes a trailing slash for what it is: nothing', async () => {
    await write(`${join(folder, 'out')}/`);
    expect(await readdir(folder)).toEqual(['out']);
    expect(await readdir(join(folder, 'out'))).toContain('index.json');
    await expect(write(`${join(folder, 'out')}/`)).rejects.toMatchObject({ code: 'CONFLICT' });
    await mkdir(join(folder, 'empty'));
    await write(`${join(folder, 'empty')}//`);
    expect((await readdir(folder)).toSorted()).toEqual(['empty', 'out']);
  });

  it('refuses a file in its place, and leaves it', async () => {
    await writeFile(join(folder, 'file'), 'mine');
    await expect(write(join(folder, 'file'))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('mine');
  });
});

describe.each(files)('%s', (_, write) => {
  it('refuses a folder in its place, before it writes', async () => {
    await mkdir(join(folder, 'out'));
    await expect(write(join(folder, 'out/'))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(
        `${JSON.stringify(join(folder, 'out'))} is a folder, and a file is to be written`,
      ),
    });
    expect(await readdir(folder)).toEqual(['out']);
  });
});

describe.each([...layouts, ...files])('%s', (_, write) => {
  it('makes no folders on the way: it names the one that is missing', async () => {
    await expect(write(join(folder, 'a/b/out'))).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      message: expect.stringContaining(`${JSON.stringify(join(folder, 'a/b'))} does not exist`),
      hint: expect.stringContaining('Make that folder first'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('names what is no folder on the way', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const [to, why] of [
      ['file/out', `${JSON.stringify(join(folder, 'file'))} is no folder`],
      ['file/deeper/out', `${JSON.stringify(join(folder, 'file/deeper'))} does not exist`],
    ] as const) {
      const writing = write(join(folder, to));
      await expect(writing).rejects.toMatchObject({ code: 'INVALID_SPEC', message: expect.stringContaining(why) });
    }
  });

  it('tells the refusal of the system as an error that names the target', async () => {
    // No user may make files there.
    await expect(write('/sys/fairlead-out')).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringMatching(/^"\/sys\/fairlead-out" cannot be written \(E(?:ACCES|PERM|ROFS)\)/),
      hint: expect.stringContaining('"/sys"'),
    });
  });
});

describe('targetError', () => {
  const system = (code: string, fields: object): Error => Object.assign(new Error(code), { code, ...fields });

  it.each([
    ['ENOSPC', 'CONVERSION_FAILED', { syscall: 'write' }],
    ['EACCES', 'ACCESS_DENIED', { syscall: 'open', path: '/x/out.part' }],
    ['EROFS', 'ACCESS_DENIED', { syscall: 'mkdir', path: '/x/out.part/blobs' }],
    ['ENOTEMPTY', 'CONFLICT', { syscall: 'rename', path: '/x/out.part' }],
    ['ENAMETOOLONG', 'CONVERSION_FAILED', { syscall: 'open', path: '/x/out.part' }],
  ])('of %s is %s, with its cause', (errno, code, fields) => {
    const cause = system(errno, fields);
    expect(targetError('/x/out', '/x/out.part', cause)).toMatchObject({
      code,
      cause,
      message: expect.stringContaining('"/x/out"'),
    });
  });

  it('leaves alone what is not about the target', () => {
    const own = new FairleadError({ code: 'CORRUPT_IMAGE', message: 'no' });
    for (const error of [
      own,
      new Error('x'),
      system('EIO', { syscall: 'read' }),
      system('ENOENT', { syscall: 'open', path: '/y' }),
    ]) {
      expect(targetError('/x/out', '/x/out.part', error)).toBe(error);
    }
  });
});
