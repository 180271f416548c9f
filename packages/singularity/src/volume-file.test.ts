import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readVolumeFile } from './volume-file.ts';

let base = '';
let volume = '';
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'fairlead-volume-'));
  volume = join(base, 'data');
  await mkdir(join(volume, 'sub'), { recursive: true });
  await writeFile(join(base, 'secret'), 'outside');
  await writeFile(join(volume, 'sub', 'file'), 'inside');
});
afterEach(async () => {
  await rm(base, { recursive: true, force: true });
});

const read = async (path: string, maxBytes = 100) =>
  Buffer.from(await readVolumeFile(volume, path, maxBytes)).toString();

describe('readVolumeFile', () => {
  it('reads a file, an empty one, and one of names with odd characters', async () => {
    await writeFile(join(volume, 'empty'), '');
    await writeFile(join(volume, 'sub', '-a b\n,:'), 'odd');
    expect(await read('sub/file')).toBe('inside');
    expect(await read('./sub//file')).toBe('inside');
    expect(await read('empty')).toBe('');
    expect(await read('sub/-a b\n,:')).toBe('odd');
  });

  it('reads as much as allowed and no byte more', async () => {
    expect(await read('sub/file', 6)).toBe('inside');
    await expect(read('sub/file', 5)).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      message: expect.stringContaining('6 bytes, more than 5'),
    });
  });

  it.each([
    ['to a file', { link: 'sub/file' }, 'link'],
    ['to a folder', { folder: './sub' }, 'folder/file'],
    ['up and down again', { 'sub/up': '../sub/../top/' }, 'sub/up/link'],
    ['in a chain', { a: 'b', b: 'folder//file', folder: 'sub' }, 'a'],
    ['by what lies above the folder that a link means', { folder: 'top/deep', up: 'folder/../link' }, 'up'],
  ])('follows a link inside the volume %s', async (_, links, path) => {
    await mkdir(join(volume, 'top', 'deep'), { recursive: true });
    await symlink('../sub/file', join(volume, 'top', 'link'));
    for (const [name, target] of Object.entries(links)) await symlink(target, join(volume, name));
    expect(await read(path)).toBe('inside');
  });

  it.each([
    ['a link to a file outside', 'link', 'outside'],
    ['a link to a folder outside', 'folder/secret', 'outside'],
    ['a link out and in again', 'again', 'outside'],
    ['an absolute link that is right only inside the container', 'absolute', 'outside'],
    ['an absolute link that is right on this host', 'host', 'outside'],
    ['a link to nothing', 'gone', 'not there'],
    ['a link to a folder', 'here', 'no regular file'],
    ['a link to itself', 'loop', '40 links'],
    ['a link below a file', 'below', 'not there'],
  ])('refuses %s', async (_, path, why) => {
    await symlink('../secret', join(volume, 'link'));
    await symlink('..', join(volume, 'folder'));
    await symlink('../data/sub/file', join(volume, 'again'));
    await symlink('/sub/file', join(volume, 'absolute'));
    await symlink(join(volume, 'sub', 'file'), join(volume, 'host'));
    await symlink('sub/absent', join(volume, 'gone'));
    await symlink('sub', join(volume, 'here'));
    await symlink('loop', join(volume, 'loop'));
    await symlink('sub/file/../file', join(volume, 'below'));
    await expect(read(path)).rejects.toMatchObject({ code: 'INVALID_SPEC', message: expect.stringContaining(why) });
  });

  it('reads nothing outside, however fast a container exchanges a folder for a link', async () => {
    await mkdir(join(base, 'other'));
    await writeFile(join(base, 'other', 'file'), 'outside');
    const over = new AbortController();
    const exchanging = (async () => {
      while (!over.signal.aborted) {
        await rename(join(volume, 'sub'), join(volume, 'kept'));
        await symlink('../other', join(volume, 'sub'));
        await rm(join(volume, 'sub'));
        await rename(join(volume, 'kept'), join(volume, 'sub'));
      }
    })();
    const told = new Set<string>();
    for (let count = 0; count < 300; count += 1) told.add(await read('sub/file').catch(() => 'refused'));
    over.abort();
    await exchanging;
    expect(told.has('outside')).toBe(false);
  });

  it('leaves no descriptor open', async () => {
    await symlink('sub/../sub/file', join(volume, 'link'));
    await symlink('..', join(volume, 'out'));
    const open = async () => (await readdir('/proc/self/fd')).length;
    const before = await open();
    for (const path of ['link', 'out/secret', 'sub/absent']) await read(path).catch(() => undefined);
    expect(await open()).toBe(before);
  });

  it.each(['absent', 'sub/absent', 'sub', 'sub/file/x', '', '.', '..', 'sub/../../secret'])(
    'refuses %j',
    async (path) => {
      await expect(read(path)).rejects.toMatchObject({ code: 'INVALID_SPEC' });
    },
  );

  it('does not wait for a fifo', async () => {
    execFileSync('mkfifo', [join(volume, 'fifo')]);
    await expect(read('fifo')).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      message: expect.stringContaining('no regular file'),
    });
  });
});
