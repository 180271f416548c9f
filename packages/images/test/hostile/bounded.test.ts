import { describe, expect, it } from 'vitest';
import { identifySif } from '../../src/convert/sif-image.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { detectFile } from '../../src/detect/detect-file.ts';
import { chunkBytes } from '../../src/layer/chunk-output.ts';
import { layerBytes } from '../../src/layer/layer-bytes.ts';
import type { LayerMember } from '../../src/layer/layer-members.ts';
import { planLayer } from '../../src/layer/squashfs-layer.ts';
import { openSif } from '../../src/sif/open-sif.ts';
import { readDirectory } from '../../src/squashfs/directory.ts';
import { findFile } from '../../src/squashfs/find-file.ts';
import { readRoot } from '../../src/squashfs/walk.ts';
import { openSquashfs } from '../../src/squashfs/squashfs.ts';
import { memorySource } from '../fuzz/memory-source.ts';
import { editing } from '../made/field-writer.ts';
import { madeSif, partition } from '../made/made-sif.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { file, folder, root, symlink } from '../made/squashfs-tree.ts';

const largeMember: LayerMember = {
  header: {
    path: 'a',
    flag: '0',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
    size: 0,
    target: '',
    major: 0,
    minor: 0,
    xattrs: [{ name: 'user.large', value: 'x'.repeat(1_000_000) }],
  },
  file: undefined,
};

describe('work and memory', () => {
  it.each([2n ** 24n, 2n ** 40n, 2n ** 63n - 1n])(
    'a table of %s descriptors is neither read nor made room for',
    async (total) => {
      const source = memorySource(
        madeSif([partition(madeSquashfs(root()))], { edit: editing({ 'header total': total }) }),
      );
      await expect(openSif(source)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
      expect(source.reads.ranges).toEqual([{ offset: 0, length: 128 }]);
    },
  );

  it('a number of inodes is refused from the superblock, and lookups in tables read what they need', async () => {
    const image = madeSquashfs(root(), { edit: editing({ 'superblock inodes': 4_194_305 }) });
    const source = memorySource(image);
    await expect(openSquashfs(source, 0)).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      details: { maxMembers: 4_194_304 },
    });
    expect(source.reads.ranges).toEqual([{ offset: 0, length: 96 }]);
    expect((await openSquashfs(memorySource(image), 0, { maxInodes: 5_000_000 })).superblock.inodes).toBe(4_194_305);
  });

  it('a way through thousands of folders is left before it takes hours', async () => {
    const way = symlink('all/../'.repeat(580) + 'all');
    const all = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`n${at}`, file('')]));
    const links = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [
        `link${at}`,
        at === 39 ? way : symlink(`${'all/../'.repeat(580)}link${at + 1}`),
      ]),
    );
    const squashfs = await openSquashfs(memorySource(madeSquashfs(root({ all: folder(all), ...links }))), 0);
    expect(await findFile(squashfs, '/link0')).toBeUndefined();
    expect((await findFile(squashfs, '/bin/../all/n7'))?.type).toBe('file');
  });

  it('a header of a folder is read with its own names alone, not with all that follow', async () => {
    const names = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`n${at}`, file('')]));
    // Inodes in blocks of their own cannot share a header: there is one for every name.
    const image = madeSquashfs(folder(names), { blockBytes: { 'inode table': 32 } });
    const { context } = await openSquashfs(memorySource(image), 0);
    const listing = await readRoot(context);
    let asked = 0;
    const count =
      <T extends unknown[], R>(look: (...all: T) => R, lengthOf: (...all: T) => number) =>
      (...all: T): R => {
        asked += lengthOf(...all);
        return look(...all);
      };
    const { read, peek } = context.directory.metadata;
    const metadata: typeof context.directory.metadata = {
      read: count(read, (_place, length) => length),
      peek: count(peek, (_place, length) => length),
    };
    let runs = 0;
    for await (const run of readDirectory({ ...context.directory, metadata }, listing))
      runs += run.length === 1 ? 1 : 0;
    expect(runs).toBe(3000);
    expect(asked).toBeLessThan(runs * 1000);
  });

  it.each([600, 4096, 8191])('metadata in blocks of %i bytes is read as any other', async (blockBytes) => {
    const names = Object.fromEntries(
      Array.from({ length: 1000 }, (_, at) => [`${at}-${'n'.repeat(200)}`, file('', { xattrs: 0 })]),
    );
    const xattrs = [[{ name: 'large', value: 'x'.repeat(30_000) }]];
    const lengths = { 'inode table': blockBytes, 'folder table': blockBytes, attributes: blockBytes };
    const squashfs = await openSquashfs(memorySource(madeSquashfs(folder(names), { xattrs, blockBytes: lengths })), 0);
    let seen = 0;
    for await (const batch of squashfs.walk()) seen += batch.length;
    expect(seen).toBe(1001);
    expect((await squashfs.xattrs.read(0))[0]?.value).toHaveLength(30_000);
  });

  it('a walk lets timers have their turn, and ends with the signal', async () => {
    const names = Object.fromEntries(Array.from({ length: 30_000 }, (_, at) => [`n${at}`, file('')]));
    const image = madeSquashfs(folder(names), { blockBytes: { 'inode table': 32 } });
    const controller = new AbortController();
    const squashfs = await openSquashfs(memorySource(image, { signal: controller.signal }), 0);
    const reason = new Error('too long');
    let seen = 0;
    // Nothing of it is read from a disk: only a turn that is given lets the timer come.
    setTimeout(() => controller.abort(reason), 1);
    const walk = async (): Promise<void> => {
      for await (const batch of squashfs.walk()) seen += batch.length;
    };
    await expect(walk()).rejects.toBe(reason);
    expect(seen).toBeLessThan(30_000);
  });

  it('members go out chunk by chunk, however large their attributes are: no more are read than fill one', async () => {
    const squashfs = await openSquashfs(memorySource(madeSquashfs(root())), 0);
    let read = 0;
    async function* members(): AsyncGenerator<readonly LayerMember[], void, void> {
      for (; read < 40; read += 1) yield [largeMember];
    }
    const chunks = layerBytes(squashfs, members(), () => new Uint8Array(chunkBytes));
    expect((await chunks.next()).done).toBe(false);
    await chunks.return();
    expect(read).toBeLessThanOrEqual(2);
  });

  it('an empty line is read once, however many follow', async () => {
    await expect(detectFile(memorySource(Buffer.from(`${'\n'.repeat(60_000)}x`)))).rejects.toMatchObject({
      code: 'INVALID_IMAGE',
    });
    const recipe = Buffer.from(`${'\n# comment\nARG A=1\n'.repeat(100)}  FROM scratch\n`);
    await expect(detectFile(memorySource(recipe))).rejects.toMatchObject({
      message: expect.stringMatching(/Dockerfile/),
    });
  });
});

describe('limits that the caller sets', () => {
  const devices = root({
    dev: folder({ null: { type: 'character-device', major: 1, minor: 3 } }),
    disk: { type: 'block-device', major: 7, minor: 0 },
  });
  const plan = async (policy: Parameters<typeof planLayer>[1]): ReturnType<typeof planLayer> =>
    planLayer(await openSquashfs(memorySource(madeSquashfs(devices)), 0), policy);

  it('keeps devices, leaves them out, or refuses them', async () => {
    const kept = await plan({});
    expect({ members: kept.members, leftOut: kept.leftOut.devices }).toEqual({ members: 6, leftOut: 0 });
    const without = await plan({ devices: 'leave-out' });
    expect({ members: without.members, leftOut: without.leftOut.devices }).toEqual({ members: 4, leftOut: 2 });
    await expect(plan({ devices: 'refuse' })).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      details: { where: '"dev/null"' },
    });
  });

  it('an image without devices has another identity, and another layer, than the same with them', () => {
    const source = sha256(madeSquashfs(devices));
    const [kept, without] = [identifySif(source, {}), identifySif(source, { devices: 'leave-out' })];
    expect(without.identity.text).not.toBe(kept.identity.text);
    expect(without.layerKey.text).not.toBe(kept.layerKey.text);
    expect(identifySif(source, { devices: 'keep' })).toEqual(kept);
  });

  it.each([
    ['maxMembers', { maxMembers: 5 }, { maxMembers: 6 }],
    ['maxDepth', { maxDepth: 1 }, { maxDepth: 2 }],
    ['maxBytes', { maxBytes: 4000 }, { maxBytes: 5000 }],
  ] as const)('%s holds, and can be raised', async (_, low, high) => {
    await expect(plan(low)).rejects.toMatchObject({ code: 'POLICY_DENIED', hint: expect.stringMatching(/Raise/) });
    expect((await plan(high)).members).toBe(6);
  });
});
