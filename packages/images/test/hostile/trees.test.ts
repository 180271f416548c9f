import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOciConverter } from '../../src/convert/oci-converter.ts';
import { writeSifImage } from '../../src/convert/write-sif-image.ts';
import { inspectImage } from '../../src/inspect/inspect-image.ts';
import { readEvidence } from '../../src/sif-config/sif-evidence.ts';
import type { ImageInput } from '../../src/source.ts';
import { openSquashfs } from '../../src/squashfs/squashfs.ts';
import { listImage } from '../../src/tree/list-image.ts';
import { squashfsRoot } from '../../src/tree/open-tree.ts';
import { readImageFile } from '../../src/tree/read-image-file.ts';
import { resolvePath } from '../../src/tree/resolve-path.ts';
import { memorySource } from '../fuzz/memory-source.ts';
import { archiveMembers, madeLayout, plainLayer } from '../made/made-layout.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { madeTar } from '../made/made-tar.ts';
import { file, folder, root, symlink, type MadeNode } from '../made/squashfs-tree.ts';

let work = '';
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'fairlead-trees-'));
});
afterEach(async () => {
  await rm(work, { recursive: true });
});

const blob = (bytes: Uint8Array): Blob => new Blob([Buffer.from(bytes)]);

async function list(input: ImageInput): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { rawPath, type, size, rawTarget } of listImage(input)) {
    found.push([type, size, ...[rawPath, rawTarget].map((bytes) => Buffer.from(bytes).toString('latin1'))].join(' '));
  }
  return found;
}

async function read(input: ImageInput, path: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of readImageFile(input, { path, timeoutMs: 20_000 })) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Files of these names, all the same one. */
function many(count: number, nameOf: (at: number) => string): Record<string, MadeNode> {
  const one = file('');
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [nameOf(at), one]));
}

const numbered = (at: number): string => String(at).padStart(5, '0');

describe('names and targets that are not UTF-8', () => {
  it('are the same in a file system and in the layer made of it', async () => {
    const shared = file('content');
    const tree = root({ 'a-link': symlink('\u00ff'), b: symlink('to-\u00fe'), '\u00fe': shared, '\u00ff': shared });
    const path = join(work, 'a.squashfs');
    await writeFile(path, madeSquashfs(tree));
    await writeSifImage(path, join(work, 'layout'), { form: 'oci-layout' });
    const names = await list(path);
    expect(names).toContain('symlink 0 /b to-\u00fe');
    expect(await list(join(work, 'layout'))).toEqual(names);
    for (const input of [path, join(work, 'layout')]) expect(await read(input, '/a-link')).toBe('content');
  });
});

describe('folders with very many names', () => {
  it('are walked where their listing has more than 64 KiB', async () => {
    const image = madeSquashfs(root({ all: folder(many(6000, numbered)) }), { packMetadata: true });
    const names: string[] = [];
    for await (const batch of (await openSquashfs(memorySource(image), 0)).walk()) {
      names.push(...batch.map(({ path }) => path));
    }
    expect(names).toHaveLength(6004);
    expect(names).toContain('all/05999');
  });

  it('are not looked into again and again because of links of thousands of parts', async () => {
    const hop = 'zz/../'.repeat(500);
    const links = { y0: symlink(`${hop}y1`), y1: symlink(`${hop}y2`), y2: symlink(`${hop}n00000`) };
    const names = many(3000, (at) => `a${numbered(at)}`);
    const image = madeSquashfs(root({ ...names, n00000: file('x'), zz: folder({}), ...links }), {
      packMetadata: true,
    });
    await expect(read(blob(image), '/y0')).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      message: expect.stringMatching(/more links and folders than any real path/),
    });
    const deep = `${'d/'.repeat(100)}f`;
    const straight = Array.from({ length: 100 }).reduce(
      (inner: MadeNode) => folder({ d: inner }),
      folder({ f: file('x') }),
    );
    const way = straight.type === 'directory' ? madeSquashfs(straight) : Buffer.alloc(0);
    expect(await read(blob(way), `/${deep}`)).toBe('x');
  });

  it('let timers have their turn, and a deadline count', async () => {
    const names = many(20_000, (at) => `a${numbered(at)}`);
    const way = symlink(`${'zz/../'.repeat(50)}a19999`);
    const image = madeSquashfs(root({ ...names, z: way, zz: folder({}) }), { packMetadata: true });
    const controller = new AbortController();
    const { signal } = controller;
    // Nothing of it is read from a disk: only a turn that is given lets the timer come.
    const tree = { path: 'image', signal, root: await squashfsRoot(memorySource(image, { signal })) };
    const reason = new Error('too long');
    setTimeout(() => controller.abort(reason), 1);
    const opened = { ...tree, [Symbol.asyncDispose]: async () => undefined };
    await expect(resolvePath(opened, '/z', { follow: true })).rejects.toBe(reason);
  });
});

describe('scripts of the environment', () => {
  const plain = async (env: Record<string, MadeNode>, damage: (image: Buffer) => void = () => undefined) => {
    const image = madeSquashfs(root({ '.singularity.d': folder({ env: folder(env) }) }));
    damage(image);
    const source = memorySource(image);
    return (await readEvidence(source, await openSquashfs(source, 0), undefined)).plainEnvironment;
  };

  it('are looked at up to the first that is unusual', async () => {
    // Whoever reads on behind the first names finds one that is none.
    const damage = (image: Buffer): void => void image.write('../..', image.lastIndexOf('00599'));
    expect(await plain(many(600, numbered), damage)).toBe(false);
  });
});

describe('sparse members and links to folders in a layer', () => {
  const image = (members: Parameters<typeof plainLayer>[0]): Blob =>
    blob(madeTar(archiveMembers(madeLayout({ layers: [plainLayer(members)] }))));

  it('a sparse file is listed with its size and read with its holes', async () => {
    const map = ['00000000000\0', '00000000003\0', '00000001000\0', '00000000001\0'].join('');
    const patches = [
      [257, 'ustar  \0'],
      [386, map],
      [483, '00000001750\0'],
    ] as const;
    const sparse = image([
      { name: 'disk', flag: 'S', content: 'abcd', patches },
      { name: 'next', content: 'x' },
    ]);
    expect(await list(sparse)).toEqual(['file 1000 /disk ', 'file 1 /next ']);
    const content = await read(sparse, '/disk');
    expect([content.length, content.slice(0, 4), content.slice(511, 514)]).toEqual([1000, 'abc\0', '\0d\0']);
  });

  it('a hard link to a folder is refused instead of followed for ever', async () => {
    const cyclic = image([
      { name: 'a/', flag: '5' },
      { name: 'a/b', flag: '1', target: 'a' },
    ]);
    await expect(list(cyclic)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });
});

describe('an image for another machine', () => {
  it('is looked into where it is the only one, and still not loaded', async () => {
    const platform = { os: 'linux', architecture: 'pdp11' };
    const edit: Parameters<typeof madeLayout>[0] = {
      edit: (document, value) => {
        if (document !== 'index') return value;
        // The index that is made has one manifest.
        const { manifests } = value as { readonly manifests: readonly [Record<string, string>] };
        return { manifests: [{ ...manifests[0], platform }] };
      },
    };
    const path = join(work, 'a.tar');
    await writeFile(path, madeTar(archiveMembers(madeLayout(edit))));
    expect((await inspectImage(path)).layers).toHaveLength(1);
    expect(await list(path)).toEqual(['file 1 /a ']);
    expect(await read(path, '/a')).toBe('x');
    for await (const _ of listImage(path, { member: '@0', architecture: 'amd64' })) continue;
    await expect(inspectImage(path, { architecture: 'amd64' })).rejects.toMatchObject({ code: 'PLATFORM_MISMATCH' });
    const converting = createOciConverter('amd64').open({ format: 'oci-archive', path }, {});
    await expect(converting).rejects.toMatchObject({ code: 'PLATFORM_MISMATCH' });
  });
});
