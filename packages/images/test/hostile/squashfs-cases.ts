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

const shared = folder({ x: file('x') });
const nested = root({ outer: folder({ inner: folder({ x: file('x') }) }) });
const deep = (levels: number, name = 'd'): MadeNode =>
  levels === 0 ? file('x') : folder({ [name]: deep(levels - 1, name) });

const folders: HostileClass = {
  name: 'Folders of a squashfs',
  cases: [
    squashfsCase(
      'a folder inside itself',
      {
        tree: nested,
        set: { 'inode /outer/inner block': 0, 'inode /outer/inner offset': 61, 'inode /outer/inner size': 28 },
      },
      { where: superblock('(?:folder|inode)'), how: 'the listing of an inner folder is that of the outer one' },
    ),
    squashfsCase(
      'a folder in two places',
      { tree: root({ a: shared, b: shared }) },
      { where: superblock('folder'), how: 'one inode, two names' },
    ),
    squashfsCase(
      'a listing outside',
      { tree: nested, set: { 'inode /outer block': 2 ** 31 } },
      { where: superblock('') },
    ),
    squashfsCase(
      'a listing behind its block',
      { tree: nested, set: { 'inode /outer offset': 8000 } },
      { where: superblock('metadata block') },
    ),
    squashfsCase(
      'a listing that is cut off',
      { tree: nested, set: { 'inode /outer size': 20 } },
      { where: superblock('folder') },
    ),
    squashfsCase(
      '257 names under one header',
      { tree: nested, set: { 'folder /outer count 0': 256 } },
      { where: superblock('folder') },
    ),
    squashfsCase(
      'a type that does not agree',
      { tree: nested, set: { 'entry /outer/inner type': 2 } },
      { where: superblock('inode') },
    ),
    squashfsCase(
      'a type that does not exist',
      { tree: nested, set: { 'entry /outer/inner type': 9 } },
      { where: superblock('folder') },
    ),
    squashfsCase(
      'a number that does not agree',
      { tree: nested, set: { 'entry /outer/inner delta': 7 } },
      { where: superblock('inode') },
    ),
    squashfsCase(
      '300 folders deep',
      { tree: root({ d: deep(300) }) },
      { code: 'POLICY_DENIED', where: superblock('folder'), how: 'a folder in a folder in a folder' },
    ),
    squashfsCase(
      'deeper than the caller lets',
      { tree: root({ d: deep(20) }) },
      { code: 'POLICY_DENIED', where: superblock('folder'), how: '20 folders deep', policy: { maxDepth: 10 } },
    ),
    squashfsCase(
      'a path of 5000 bytes',
      { tree: root({ d: deep(20, 'n'.repeat(250)) }) },
      { code: 'POLICY_DENIED', where: superblock('folder'), how: '20 folders with names of 250 bytes' },
    ),
  ],
};

const hard = file('two names', {});
const other = file('two more', {});
const linked = root({ a: hard, b: hard, c: other, d: other, link: symlink('/etc'), text: file('text') });

const inodes: HostileClass = {
  name: 'Inodes of a squashfs',
  cases: [
    squashfsCase('type 15', { tree: linked, set: { 'inode /text type': 15 } }, { where: superblock('inode') }),
    squashfsCase('type 0', { tree: linked, set: { 'inode /text type': 0 } }, { where: superblock('inode') }),
    squashfsCase('number 0', { tree: linked, set: { 'inode /text number': 0 } }, { where: superblock('inode') }),
    squashfsCase(
      'a number beyond the last',
      { tree: linked, set: { 'inode /text number': 99 } },
      { where: superblock('inode') },
    ),
    squashfsCase(
      'two files of one number',
      { tree: linked, set: { 'inode /c number': 3, 'entry /c delta': 1, 'entry /d delta': 1 } },
      {
        where: superblock('inode'),
        how: 'a and b are links to one file, c and d to another, and both have one number',
      },
    ),
    squashfsCase(
      'an owner that does not exist',
      { tree: linked, set: { 'inode /text uid': 9 } },
      { where: superblock('inode') },
    ),
    squashfsCase(
      'a link with 2^31 bytes',
      { tree: linked, set: { 'inode /link length': 2 ** 31 } },
      { where: superblock('inode') },
    ),
    squashfsCase(
      'a link to nothing',
      { tree: linked, set: { 'inode /link length': 0 } },
      { where: superblock('inode') },
    ),
    squashfsCase(
      'a link with a NUL',
      { tree: root({ link: symlink('/e\0c') }) },
      { where: superblock('inode'), how: 'a link to "/e\\0c"' },
    ),
    squashfsCase(
      'a file without links',
      { tree: linked, set: { 'inode /a links': 0 } },
      { where: superblock('inode') },
    ),
    squashfsCase(
      'a file of 2^53 bytes',
      { tree: linked, set: { 'inode /a size': 2n ** 53n } },
      { where: superblock('inode') },
    ),
    squashfsCase(
      'a fragment that does not exist',
      { tree: linked, set: { 'inode /text fragment': 77 } },
      { where: superblock('fragment table') },
    ),
    squashfsCase(
      'a tail behind its fragment',
      { tree: linked, set: { 'inode /text fragment offset': 4090 } },
      { where: superblock('inode'), known: 'content' },
    ),
    squashfsCase(
      'a tail behind any fragment',
      { tree: linked, set: { 'inode /text fragment offset': 4095 } },
      { where: superblock('inode') },
    ),
  ],
};

/** The structure of a file system; what lies in its blocks is told elsewhere. */
export const squashfsClasses: readonly HostileClass[] = [superblocks, names, folders, inodes];
