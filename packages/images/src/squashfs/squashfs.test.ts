import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { packed } from '../__fixtures__/packed.ts';
import { gzippedImage, openImage, packedImage } from '../__fixtures__/squashfs.ts';
import { planLayer } from '../layer/squashfs-layer.ts';
import { findFile, folderNames, readSmallFile } from './find-file.ts';
import type { WalkEntry } from './walk.ts';

const readable = Object.keys(packed).filter((name) => name !== 'lzma');

function image(name: string): Buffer {
  // The keys of a constant record are its names.
  return name === 'raw' ? gzippedImage('raw') : packedImage(name as keyof typeof packed);
}

async function walked(bytes: Uint8Array): Promise<readonly WalkEntry[]> {
  const entries: WalkEntry[] = [];
  for await (const batch of (await openImage(bytes)).walk()) entries.push(...batch);
  return entries;
}

async function digest(bytes: Uint8Array): Promise<string> {
  const layer = await planLayer(await openImage(bytes));
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of layer.stream()) {
    hash.update(chunk);
    size += chunk.length;
  }
  expect(size).toBe(layer.size);
  return hash.digest('hex');
}

describe('openSquashfs', () => {
  it.each([...readable, 'raw'])('reads what mksquashfs and tar2sqfs packed as %s, name by name', async (name) => {
    const entries = await walked(image(name));
    const paths = entries.map(({ path }) => Buffer.from(path, 'latin1').toString('utf8'));
    expect(paths).toEqual([
      '',
      'attributes',
      'disk',
      'empty',
      'folder',
      'folder/copy',
      'folder/hard',
      'folder/inner',
      'folder/text',
      'holes',
      'link',
      'null',
      'pipe',
      'setuid',
      'ünïcödé\n☃',
      '\ufffd\ufffd',
    ]);
    const byPath = new Map(entries.map((entry) => [entry.path, entry]));
    expect(byPath.get('setuid')?.inode).toMatchObject({ type: 'file', mode: 0o4755, size: 10, mtimeSeconds: 1.6e9 });
    expect(byPath.get('empty')?.inode).toMatchObject({ uid: 70_000, gid: 4_000_000_000, size: 0 });
    expect(byPath.get('disk')?.inode).toMatchObject({ type: 'block-device', major: 7, minor: 300 });
    expect(byPath.get('null')?.inode).toMatchObject({ type: 'character-device', major: 1, minor: 3 });
    expect(byPath.get('link')?.inode).toMatchObject({ type: 'symlink', target: 'folder/text' });
    expect(byPath.get('pipe')?.inode.type).toBe('fifo');
    expect(byPath.get('folder/inner')?.inode.mode).toBe(0o1777);
    expect(byPath.get('folder/text')?.linkTo).toBe('folder/hard');
  });

  it.each([...readable, 'raw'])('gives one layer for one tree, whatever it was packed with: %s', async (name) => {
    // tar2sqfs sets the time of the root itself.
    const expected = name.startsWith('ng-') ? '04455e379fe37c3e' : '3d2965285745d495';
    expect((await digest(image(name))).slice(0, 16)).toBe(expected);
  });

  it('refuses lzma by name', async () => {
    await expect(openImage(packedImage('lzma'))).rejects.toMatchObject({
      code: 'INVALID_IMAGE',
      message: expect.stringMatching(/lzma/),
    });
  });

  it('reads extended attributes byte for byte', async () => {
    const squashfs = await openImage(image('gzip'));
    const inode = await findFile(squashfs, '/attributes');
    const set = await squashfs.xattrs.read(inode?.xattrs ?? -1);
    expect(set.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      {
        name: 'security.capability',
        value: Buffer.from('0100000200040000000000000000000000000000', 'hex').toString('latin1'),
      },
      { name: 'user.note', value: '\0\u00ff=' },
    ]);
  });

  it('finds single files through links without leaving the root', async () => {
    const squashfs = await openImage(image('zstd'));
    const text = await findFile(squashfs, '/folder/inner/../../../../link');
    expect(text).toMatchObject({ type: 'file', size: 6190 });
    const content = text?.type === 'file' ? await readSmallFile(squashfs, text) : Buffer.alloc(0);
    expect(content.toString()).toBe(Array.from({ length: 700 }, (_, at) => `line ${at}\n`).join(''));
    expect(await findFile(squashfs, '/folder/none')).toBeUndefined();
    expect(await findFile(squashfs, '/setuid/x')).toBeUndefined();
    const names: string[] = [];
    for await (const name of folderNames(squashfs, '/folder')) names.push(name);
    expect(names).toEqual(['copy', 'hard', 'inner', 'text']);
  });

  it('reads holes as zeros', async () => {
    const squashfs = await openImage(image('xz'));
    const holes = await findFile(squashfs, '/holes');
    const content = holes?.type === 'file' ? await readSmallFile(squashfs, holes) : Buffer.alloc(0);
    const expected = Buffer.alloc(20_000);
    expected.write('end', 9000);
    expect(content.equals(expected)).toBe(true);
  });

  it('stops with the reason of its signal', async () => {
    const controller = new AbortController();
    const squashfs = await openImage(image('gzip'), controller.signal);
    const layer = await planLayer(squashfs);
    const reason = new Error('enough');
    const reading = layer.stream();
    controller.abort(reason);
    await expect(reading.next()).rejects.toBe(reason);
  });
});
