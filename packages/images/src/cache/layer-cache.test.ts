import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TemporaryOwner } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { sha256, type Digest } from '../oci/digest.ts';
import { openLayerCache, type LayerCache } from './layer-cache.ts';

let folder = '';
let clock = 0;
beforeEach(async () => {
  clock = 0;
  folder = await mkdtemp(join(tmpdir(), 'fairlead-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const key = (name: string): Digest => sha256(Buffer.from(name));
const owner: TemporaryOwner = { mark: 'me', isDead: (mark) => mark === 'dead' };

/** Keeps a layer, used later than all before. */
async function keep(cache: LayerCache, name: string, text: string): Promise<Digest> {
  const diffId = sha256(Buffer.from(text));
  await using draft = await cache.draft({ key: key(name), size: text.length, owner });
  await draft?.write(Buffer.from(text));
  await draft?.commit(diffId);
  const used = new Date(Date.now() - 1_000_000 + (clock += 1000));
  await utimes(join(folder, 'layers', diffId.hex), used, used).catch(() => undefined);
  return diffId;
}

async function read(cache: LayerCache, name: string): Promise<string | undefined> {
  await using kept = await cache.find(key(name), signal);
  return kept && (await collect(kept.stream())).toString();
}

describe('the cache of layers', () => {
  it('gives back what was kept, by what it was made of, for this user only', async () => {
    const cache = openLayerCache({ folder: join(folder, 'a/b') });
    await using draft = await cache.draft({ key: key('x'), size: 3, owner });
    await draft?.write(Buffer.from('on'));
    await expect(read(cache, 'x')).resolves.toBeUndefined();
    await draft?.write(Buffer.from('e'));
    await draft?.commit(sha256(Buffer.from('one')));
    await expect(read(cache, 'x')).resolves.toBe('one');
    await expect(read(cache, 'y')).resolves.toBeUndefined();
    expect((await stat(join(folder, 'a/b/layers'))).mode & 0o777).toBe(0o700);
  });

  it('keeps equal layers once', async () => {
    const cache = openLayerCache({ folder });
    await keep(cache, 'x', 'one');
    await keep(cache, 'y', 'one');
    expect(await readdir(join(folder, 'layers'))).toHaveLength(1);
    expect([await read(cache, 'x'), await read(cache, 'y')]).toEqual(['one', 'one']);
  });

  it('never takes more than it may: what was not used for longest goes, with its key', async () => {
    const cache = openLayerCache({ folder, maxBytes: 10 });
    for (const name of ['aaaa', 'bbbb']) await keep(cache, name, name);
    await read(cache, 'aaaa');
    await keep(cache, 'cccc', 'cccc');
    expect([await read(cache, 'aaaa'), await read(cache, 'bbbb'), await read(cache, 'cccc')]).toEqual([
      'aaaa',
      undefined,
      'cccc',
    ]);
    expect(await readdir(join(folder, 'keys'))).toHaveLength(2);
    await keep(cache, 'large', 'x'.repeat(11));
    expect(await readdir(join(folder, 'layers'))).toHaveLength(2);
  });

  it('evicts nothing from who reads it: an open layer can be read to its end', async () => {
    const cache = openLayerCache({ folder, maxBytes: 5 });
    await keep(cache, 'old', 'aaaa');
    await using kept = await cache.find(key('old'), signal);
    await keep(cache, 'new', 'bbbb');
    expect(await readdir(join(folder, 'layers'))).toEqual([sha256(Buffer.from('bbbb')).hex]);
    const text = kept && (await collect(kept.stream())).toString();
    expect(text).toBe('aaaa');
  });

  it('forgets what a reader found damaged', async () => {
    const cache = openLayerCache({ folder });
    const { hex } = await keep(cache, 'x', 'one');
    await truncate(join(folder, 'layers', hex), 1);
    {
      await using kept = await cache.find(key('x'), signal);
      expect(kept?.size).toBe(1);
      await kept?.evict();
    }
    await expect(read(cache, 'x')).resolves.toBeUndefined();
    await keep(cache, 'x', 'one');
    await writeFile(join(folder, 'keys', key('x').hex), 'no digest');
    await expect(read(cache, 'x')).resolves.toBeUndefined();
  });
});

describe('a cache that others could have prepared', () => {
  const denied = {
    code: 'ACCESS_DENIED',
    hint: expect.stringMatching(/^Give as cache\.folder a folder that is yours/),
  };
  const draft = { key: key('x'), size: 3, owner };

  it.each(['', 'layers', 'keys', 'drafts'])(
    'is refused where all may write into %j: layers in it are believed',
    async (name) => {
      const cache = openLayerCache({ folder });
      await keep(cache, 'x', 'one');
      await chmod(join(folder, name), 0o777);
      await expect(cache.find(key('x'), signal)).rejects.toMatchObject(denied);
      await expect(cache.draft(draft)).rejects.toMatchObject(denied);
      await chmod(join(folder, name), 0o755);
      await expect(read(cache, 'x')).resolves.toBe('one');
    },
  );

  it('is refused as a link to another folder, before anything is made there', async () => {
    await mkdir(join(folder, 'theirs'));
    await symlink('theirs', join(folder, 'link'));
    const cache = openLayerCache({ folder: join(folder, 'link') });
    await expect(cache.draft(draft)).rejects.toMatchObject({
      ...denied,
      message: expect.stringMatching(/symbolic link/),
    });
    expect(await readdir(join(folder, 'theirs'))).toEqual([]);
  });
});

describe('a draft', () => {
  it('that is left leaves nothing', async () => {
    const cache = openLayerCache({ folder });
    {
      await using draft = await cache.draft({ key: key('x'), size: 3, owner });
      await draft?.write(Buffer.from('one'));
      expect(await readdir(join(folder, 'drafts'))).toHaveLength(1);
    }
    expect((await readdir(folder, { recursive: true })).toSorted()).toEqual(['drafts', 'keys', 'layers']);
  });

  it.each(['on', 'one!'])('of three bytes that was given %j keeps nothing', async (text) => {
    const cache = openLayerCache({ folder });
    await using draft = await cache.draft({ key: key('x'), size: 3, owner });
    await draft?.write(Buffer.from(text));
    await expect(draft?.commit(sha256(Buffer.from(text)))).rejects.toThrow(/instead of 3/);
    expect(await readdir(join(folder, 'layers'))).toEqual([]);
    await expect(read(cache, 'x')).resolves.toBeUndefined();
  });

  it('of a process that is dead goes with the next one; those of the living stay (F77)', async () => {
    const cache = openLayerCache({ folder });
    const dead = await cache.draft({ key: key('x'), size: 3, owner: { ...owner, mark: 'dead' } });
    await dead?.write(Buffer.from('one'));
    await using _living = await cache.draft({ key: key('y'), size: 3, owner });
    await keep(cache, 'z', 'three');
    const left = await readdir(join(folder, 'drafts'));
    expect(left).toHaveLength(1);
    expect(await readFile(join(folder, 'drafts', left[0] ?? '', 'owner'), 'utf8')).toBe('me');
    // Who was taken for dead and was not keeps nothing, and says so.
    await expect(dead?.commit(key('x'))).rejects.toMatchObject({ code: 'ENOENT' });
    await dead?.[Symbol.asyncDispose]();
  });

  it('that nobody owns goes when it was silent for an hour', async () => {
    const cache = openLayerCache({ folder });
    const silent = await cache.draft({ key: key('x'), size: 3, owner: undefined });
    await keep(cache, 'y', 'one');
    const [name = ''] = await readdir(join(folder, 'drafts'));
    const past = new Date(Date.now() - 4_000_000);
    for (const path of [join(folder, 'drafts', name, 'layer'), join(folder, 'drafts', name)])
      await utimes(path, past, past);
    await keep(cache, 'z', 'two');
    expect(await readdir(join(folder, 'drafts'))).toEqual([]);
    await silent?.[Symbol.asyncDispose]();
  });
});

describe('options of the cache', () => {
  it.each([{ folder: 'relative' }, { folder: '/x', maxBytes: -1 }, { folder: '/x', maxBytes: Number.NaN }])(
    'that cannot be are refused: %j',
    (options) => {
      expect(() => openLayerCache(options)).toThrow(expect.objectContaining({ code: 'INVALID_SPEC' }));
    },
  );

  it('that lead to where nothing can be written keep nothing', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const cache = openLayerCache({ folder: join(file, 'cache') });
    await expect(cache.draft({ key: key('x'), size: 1, owner })).resolves.toBeUndefined();
    await expect(read(cache, 'x')).resolves.toBeUndefined();
  });
});
