import { file, folder, root, symlink, unsorted, type MadeNode } from '../made/squashfs-tree.ts';
import { changed, squashfsCase, type HostileCase, type HostileClass } from './hostile-case.ts';

const superblock = (field: string): RegExp => new RegExp(`^squashfs ${field}`);

const superblocks: HostileClass = {
  name: 'Squashfs superblock',
  cases: [
    squashfsCase('wrong magic', { set: { 'superblock magic': 0x7371_7369 } }, { where: superblock('magic') }),
    squashfsCase(
      'another version',
      { set: { 'superblock major': 3 } },
      { code: 'INVALID_IMAGE', where: /squashfs 3\.0/ },
    ),
    squashfsCase(
      'blocks of 1 GiB',
      { set: { 'superblock block size': 2 ** 30, 'superblock block log': 30 } },
      { where: superblock('block size') },
    ),
    squashfsCase(
      'a logarithm that does not agree',
      { set: { 'superblock block log': 17 } },
      { where: superblock('block size') },
    ),
    squashfsCase('an unknown compressor', { set: { 'superblock compressor': 9 } }, { where: superblock('compressor') }),
    squashfsCase(
      'a compressor that is not read',
      { set: { 'superblock compressor': 2 } },
      { code: 'INVALID_IMAGE', where: /lzma/ },
    ),
    squashfsCase(
      'longer than the file',
      { set: { 'superblock bytes used': 2n ** 40n } },
      { where: superblock('bytes used') },
    ),
    squashfsCase(
      'shorter than its superblock',
      { set: { 'superblock bytes used': 95 } },
      { where: superblock('bytes used') },
    ),
    squashfsCase('root outside', { set: { 'superblock root': 2n ** 62n } }, { where: superblock('root') }),
    squashfsCase('root that is a file', { set: { 'superblock root': 0 } }, { where: superblock('root') }),
    squashfsCase(
      'inode table past the end',
      { set: { 'superblock inode table': 2n ** 40n } },
      { where: superblock('inode table') },
    ),
    squashfsCase('no inode table', { set: { 'superblock inode table': -1 } }, { where: superblock('inode table') }),
    squashfsCase(
      'folders before inodes',
      { set: { 'superblock folder table': 100 } },
      { where: superblock('directory table') },
    ),
    squashfsCase(
      'id table past the end',
      { set: { 'superblock id table': 2n ** 63n } },
      { where: superblock('id table') },
    ),
    squashfsCase(
      'no fragment table',
      { set: { 'superblock fragment table': -1 } },
      { where: superblock('superblock') },
    ),
    squashfsCase(
      '2^31 fragments',
      { set: { 'superblock fragments': 2 ** 31 } },
      { where: superblock('fragment table') },
    ),
    squashfsCase('no owners', { set: { 'superblock ids': 0 } }, { where: superblock('inode') }),
    squashfsCase('fewer inodes than there are', { set: { 'superblock inodes': 1 } }, { where: superblock('inode') }),
    changed(squashfsCase('cut off', {}, { where: superblock('bytes used'), how: 'without its last byte' }), (bytes) =>
      bytes.subarray(0, -1),
    ),
  ],
};

function named(name: string, how: string): HostileCase {
  const tree = unsorted([[name, file('x')], ...root().children]);
  return squashfsCase(
    how,
    { tree },
    { where: superblock('folder'), how: `a file called ${JSON.stringify(name.slice(0, 20))}` },
  );
}

function children(how: string, ...names: readonly (readonly [string, MadeNode])[]): HostileCase {
  const tree = unsorted([...names, ...root().children]);
  return squashfsCase(how, { tree }, { where: superblock('folder'), how: names.map(([name]) => name).join(', then ') });
}

const names: HostileClass = {
  name: 'Names in a squashfs',
  cases: [
    named('..', 'the folder above'),
    named('.', 'the folder itself'),
    named('../evil', 'a way out'),
    named('/etc', 'an absolute name'),
    named('a/b', 'a name with a slash'),
    named('a\0b', 'a name with a NUL'),
    named('a'.repeat(256), 'a name of 256 bytes'),
    children('names out of order', ['ab', file('1')], ['aa', file('2')]),
    children('a name twice', ['aa', file('1')], ['aa', file('2')]),
    children('a link and a folder of one name', ['aa', symlink('/etc')], ['aa', folder({ passwd: file('x') })]),
  ],
};

const short = { code: 'CORRUPT_IMAGE', where: superblock('metadata block') } as const;
const marked = root({ x: file('x', { xattrs: 0 }) });
const manyNames = root(Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`name${at}`, file('')])));

/** Who reads on through them spends a turn on every byte. */
const metadata: HostileClass = {
  name: 'Metadata of a squashfs in short blocks',
  cases: [
    squashfsCase(
      'inodes',
      { options: { blockBytes: { 'inode table': 1 } } },
      { ...short, how: 'every byte of the inodes in a block of its own' },
    ),
    squashfsCase(
      'folders',
      { options: { blockBytes: { 'folder table': 1 } } },
      { ...short, how: 'every byte of the listings in a block of its own' },
    ),
    squashfsCase(
      'names under one header',
      { tree: manyNames, options: { blockBytes: { 'folder table': 100 } } },
      { ...short, how: '300 names in blocks of 100 bytes' },
    ),
    squashfsCase(
      'attributes',
      { tree: marked, options: { xattrs: [[{ name: 'a', value: 'b' }]], blockBytes: { attributes: 1 } } },
      { ...short, how: 'every byte of the attributes in a block of its own' },
    ),
  ],
};

/** What a file system says of itself, how that is stored, and the names in it. */
export const squashfsClasses: readonly HostileClass[] = [superblocks, metadata, names];
