import { file, folder, root, symlink, type MadeNode } from '../made/squashfs-tree.ts';
import { squashfsCase, type HostileClass } from './hostile-case.ts';

const squashfs = (field: string): RegExp => new RegExp(`^squashfs ${field}`);

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
      { where: squashfs('(?:folder|inode)'), how: 'the listing of an inner folder is that of the outer one' },
    ),
    squashfsCase(
      'a folder in two places',
      { tree: root({ a: shared, b: shared }) },
      { where: squashfs('folder'), how: 'one inode, two names' },
    ),
    squashfsCase(
      'a listing outside',
      { tree: nested, set: { 'inode /outer block': 2 ** 31 } },
      { where: squashfs('') },
    ),
    squashfsCase(
      'a listing behind its block',
      { tree: nested, set: { 'inode /outer offset': 8000 } },
      { where: squashfs('metadata block') },
    ),
    squashfsCase(
      'a listing that is cut off',
      { tree: nested, set: { 'inode /outer size': 20 } },
      { where: squashfs('folder') },
    ),
    squashfsCase(
      '257 names under one header',
      { tree: nested, set: { 'folder /outer count 0': 256 } },
      { where: squashfs('folder') },
    ),
    squashfsCase(
      'a type that does not agree',
      { tree: nested, set: { 'entry /outer/inner type': 2 } },
      { where: squashfs('inode') },
    ),
    squashfsCase(
      'a type that does not exist',
      { tree: nested, set: { 'entry /outer/inner type': 9 } },
      { where: squashfs('folder') },
    ),
    squashfsCase(
      'a number that does not agree',
      { tree: nested, set: { 'entry /outer/inner delta': 7 } },
      { where: squashfs('inode') },
    ),
    squashfsCase(
      '300 folders deep',
      { tree: root({ d: deep(300) }) },
      { code: 'POLICY_DENIED', where: squashfs('folder'), how: 'a folder in a folder in a folder' },
    ),
    squashfsCase(
      'deeper than the caller lets',
      { tree: root({ d: deep(20) }) },
      { code: 'POLICY_DENIED', where: squashfs('folder'), how: '20 folders deep', policy: { maxDepth: 10 } },
    ),
    squashfsCase(
      'a path of 5000 bytes',
      { tree: root({ d: deep(20, 'n'.repeat(250)) }) },
      { code: 'POLICY_DENIED', where: squashfs('folder'), how: '20 folders with names of 250 bytes' },
    ),
  ],
};

const hard = file('two names', {});
const other = file('two more', {});
const linked = root({ a: hard, b: hard, c: other, d: other, link: symlink('/etc'), text: file('text') });

const inodes: HostileClass = {
  name: 'Inodes of a squashfs',
  cases: [
    squashfsCase('type 15', { tree: linked, set: { 'inode /text type': 15 } }, { where: squashfs('inode') }),
    squashfsCase('type 0', { tree: linked, set: { 'inode /text type': 0 } }, { where: squashfs('inode') }),
    squashfsCase('number 0', { tree: linked, set: { 'inode /text number': 0 } }, { where: squashfs('inode') }),
    squashfsCase(
      'a number beyond the last',
      { tree: linked, set: { 'inode /text number': 99 } },
      { where: squashfs('inode') },
    ),
    squashfsCase(
      'two files of one number',
      { tree: linked, set: { 'inode /c number': 3, 'entry /c delta': 1, 'entry /d delta': 1 } },
      {
        where: squashfs('inode'),
        how: 'a and b are links to one file, c and d to another, and both have one number',
      },
    ),
    squashfsCase(
      'an owner that does not exist',
      { tree: linked, set: { 'inode /text uid': 9 } },
      { where: squashfs('inode') },
    ),
    squashfsCase(
      'a link with 2^31 bytes',
      { tree: linked, set: { 'inode /link length': 2 ** 31 } },
      { where: squashfs('inode') },
    ),
    squashfsCase('a link to nothing', { tree: linked, set: { 'inode /link length': 0 } }, { where: squashfs('inode') }),
    squashfsCase(
      'a link with a NUL',
      { tree: root({ link: symlink('/e\0c') }) },
      { where: squashfs('inode'), how: 'a link to "/e\\0c"' },
    ),
    squashfsCase('a file without links', { tree: linked, set: { 'inode /a links': 0 } }, { where: squashfs('inode') }),
    squashfsCase(
      'a file of 2^53 bytes',
      { tree: linked, set: { 'inode /a size': 2n ** 53n } },
      { where: squashfs('inode') },
    ),
    squashfsCase(
      'a fragment that does not exist',
      { tree: linked, set: { 'inode /text fragment': 77 } },
      { where: squashfs('fragment table') },
    ),
    squashfsCase(
      'a tail behind its fragment',
      { tree: linked, set: { 'inode /text fragment offset': 4090 } },
      { where: squashfs('inode'), known: 'content' },
    ),
    squashfsCase(
      'a tail behind any fragment',
      { tree: linked, set: { 'inode /text fragment offset': 4095 } },
      { where: squashfs('inode') },
    ),
  ],
};

/** Folders and inodes of a file system. */
export const folderClasses: readonly HostileClass[] = [folders, inodes];
