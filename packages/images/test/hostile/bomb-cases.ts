import { deflateSync } from 'node:zlib';
import { file, folder, root, type MadeFile, type MadeFolder } from '../made/squashfs-tree.ts';
import { squashfsCase, type HostileClass } from './hostile-case.ts';

const policy = 'POLICY_DENIED';
const layer = /^the layer/;
const mebibyte = 1_048_576;
const zeros = deflateSync(Buffer.alloc(mebibyte), { level: 9 });

/** Many files whose one block is that of the first. */
function copies(count: number): readonly [string, MadeFile][] {
  return Array.from({ length: count }, (_, at) => [`c${at}`, file('', { words: [zeros.length], size: mebibyte })]);
}

const one = file('x', { xattrs: 0 });

/** Files that are nothing but holes. */
function holes(count: number, holeBytes: number): MadeFolder {
  return root(Object.fromEntries(Array.from({ length: count }, (_, at) => [`hole${at}`, file('', { holeBytes })])));
}

const values = Array.from({ length: 15 }, (_, at) => ({ name: `a${at}`, value: 'x'.repeat(65_000), elsewhere: true }));

const bombs: HostileClass = {
  name: 'Bombs in a squashfs',
  cases: [
    squashfsCase(
      '70 GiB of holes',
      { tree: root({ hole: file('', { holeBytes: 70 * 1024 * mebibyte }) }), options: { blockSize: mebibyte } },
      { code: policy, where: layer, how: 'one file, no content' },
    ),
    squashfsCase(
      '200 GiB of holes',
      {
        tree: root({ hole: file('', { holeBytes: 200 * 1024 * mebibyte }) }),
        options: { blockSize: mebibyte, packMetadata: true },
      },
      { code: policy, where: layer, how: 'one file, no content, packed metadata' },
    ),
    squashfsCase(
      '60 GiB of holes, fewer than a layer may have bytes',
      {
        tree: root({ hole: file('', { holeBytes: 60 * 1024 * mebibyte }) }),
        options: { blockSize: mebibyte, packMetadata: true },
      },
      { code: policy, where: layer, how: 'one file, no content, packed metadata: an image of 1264 bytes' },
    ),
    squashfsCase(
      '20 files of 512 MiB of holes',
      {
        tree: holes(20, 512 * mebibyte),
        options: { blockSize: mebibyte, packMetadata: true },
      },
      { code: policy, where: layer, how: 'no content; each of the files is harmless' },
    ),
    squashfsCase(
      'more holes than the caller lets',
      { tree: root({ hole: file('x'.repeat(4096), { holeBytes: 20_000 }) }) },
      {
        code: policy,
        where: layer,
        how: '20 000 bytes of them, maxHoleBytes: 10 000',
        policy: { maxHoleBytes: 10_000 },
      },
    ),
    squashfsCase(
      'more holes than the caller lets, before the end of the list',
      { tree: root({ hole: file('', { words: Array.from({ length: 2048 }, () => 0), size: 60 * 1024 * mebibyte }) }) },
      {
        code: policy,
        where: layer,
        how: '60 GiB in blocks of 4 KiB, of which the first 2048 are there; maxHoleBytes: 1 MiB',
        policy: { maxHoleBytes: mebibyte },
      },
    ),
    squashfsCase(
      '400 copies of a MiB of zeros',
      {
        tree: root({
          a: file('', { blocks: [{ bytes: zeros, compressed: true }], size: mebibyte }),
          ...Object.fromEntries(copies(400)),
        }),
        options: { blockSize: mebibyte },
        set: (gap) => Object.fromEntries(copies(400).map(([name]) => [`inode /${name} start`, 96 + gap])),
      },
      { code: policy, where: layer, how: 'all with the block of the first', small: true },
    ),
    squashfsCase(
      'more than the caller lets',
      { tree: root({ big: file('x'.repeat(20_000)) }) },
      { code: policy, where: layer, how: '20 000 bytes, maxBytes: 10 000', policy: { maxBytes: 10_000 } },
    ),
    squashfsCase(
      '2^31 files',
      { set: { 'superblock inodes': 2 ** 31 } },
      { code: policy, where: /^squashfs superblock/ },
    ),
    squashfsCase(
      'more names than the caller lets',
      {
        tree: root({ all: folder(Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`n${at}`, one]))) }),
        options: { xattrs: [[{ name: 'a', value: 'b' }]] },
      },
      { code: policy, where: layer, how: '3000 names of one file, maxMembers: 1000', policy: { maxMembers: 1000 } },
    ),
    squashfsCase(
      'a MiB of attributes for each of 400 files',
      {
        tree: root(Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`f${at}`, file('', { xattrs: 0 })]))),
        options: { xattrs: [values], packMetadata: true },
      },
      { code: policy, where: layer, how: 'all with one set, whose values are one value', small: true },
    ),
  ],
};

const whiteouts: HostileClass = {
  name: 'Whiteouts and devices',
  cases: [
    squashfsCase(
      'a name that deletes',
      { tree: root({ '.wh.sh': file('') }) },
      { code: 'CONVERSION_FAILED', where: /wh\.sh/, how: '.wh.sh' },
    ),
    squashfsCase(
      'a name that empties a folder',
      { tree: root({ etc: folder({ '.wh..wh..opq': file('') }) }) },
      { code: 'CONVERSION_FAILED', where: /opq/, how: 'etc/.wh..wh..opq' },
    ),
    squashfsCase(
      'a device that deletes',
      { tree: root({ sh: { type: 'character-device', major: 0, minor: 0 } }) },
      { code: 'CONVERSION_FAILED', where: /sh/, how: 'a device 0:0' },
    ),
    squashfsCase(
      'an attribute that empties a folder',
      {
        tree: root({ etc: { ...folder({}), xattrs: 0 } }),
        options: { xattrs: [[{ prefix: 'trusted', name: 'overlay.opaque', value: 'y' }]] },
      },
      { code: 'CONVERSION_FAILED', where: /etc/, how: 'trusted.overlay.opaque = y' },
    ),
    squashfsCase(
      'a disk, where devices are refused',
      { tree: root({ disk: { type: 'block-device', major: 8, minor: 0 } }) },
      { code: policy, where: /disk/, how: "a device 8:0, devices: 'refuse'", policy: { devices: 'refuse' } },
    ),
    squashfsCase(
      'memory, where devices are refused',
      { tree: root({ mem: { type: 'character-device', major: 1, minor: 1 } }) },
      { code: policy, where: /mem/, how: "a device 1:1, devices: 'refuse'", policy: { devices: 'refuse' } },
    ),
  ],
};

/** What would come out of a file system, and what it would do there. */
export const bombClasses: readonly HostileClass[] = [bombs, whiteouts];
