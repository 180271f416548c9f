import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
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
    ['a link to a file outside', 'link'],
    ['a link to a folder outside', 'folder/secret'],
    ['an absolute link that is right only inside the container', 'absolute'],
  ])('follows no link: %s', async (_, path) => {
    await symlink('../secret', join(volume, 'link'));
    await symlink('..', join(volume, 'folder'));
    await symlink('/sub/file', join(volume, 'absolute'));
    await expect(read(path)).rejects.toMatchObject({ code: 'INVALID_SPEC' });
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
