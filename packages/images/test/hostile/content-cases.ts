import { deflateSync } from 'node:zlib';
import { madeXz, type MadeChunk } from '../made/made-xz.ts';
import type { MadeXattr } from '../made/squashfs-xattrs.ts';
import { file, root, type MadeBlock } from '../made/squashfs-tree.ts';
import { squashfsCase, type HostileCase, type HostileClass } from './hostile-case.ts';

const big = root({ big: file('line of a file\n'.repeat(600)) });
const block = /^squashfs block/;

/** A file of one block that is stored like that. */
function stored(blocks: readonly MadeBlock[], size = 4096): { readonly tree: ReturnType<typeof root> } {
  return { tree: root({ big: file('', { blocks, size }) }) };
}

const packed = deflateSync(Buffer.alloc(4096, 'a'));
const wrongSum = Buffer.from(packed);
wrongSum[wrongSum.length - 1] = 0;

/** As long as a megabyte may be to be stored. */
const restarts = Array.from({ length: 90_000 }, (_, at): MadeChunk => ({
  reset: at === 0 ? 'with properties' : 'alone',
}));

const blocks: HostileClass = {
  name: 'Content of a squashfs',
  cases: [
    squashfsCase('a block outside the content', { tree: big, set: { 'inode /big start': 2 ** 31 } }, { where: block }),
    squashfsCase('a block in the superblock', { tree: big, set: { 'inode /big start': 5 } }, { where: block }),
    squashfsCase(
      'a block larger than blocks are',
      { tree: big, set: { 'inode /big block 0': 0x2000 } },
      { where: block },
    ),
    squashfsCase(
      'a block that ends behind the content',
      { tree: big, set: { 'inode /big block 1': 0x1000 } },
      { where: block },
    ),
    squashfsCase('a block stored as it is, but short', stored([{ bytes: Buffer.alloc(100), compressed: false }]), {
      where: block,
      how: '100 bytes for a block of 4096',
    }),
    squashfsCase(
      'a block stored as it is, but empty',
      { tree: big, set: { 'inode /big block 0': 0x100_0000 } },
      { where: block },
    ),
    squashfsCase('a block that is not compressed', stored([{ bytes: Buffer.alloc(100, 'x'), compressed: true }]), {
      where: block,
      known: 'content',
      how: '100 times x, said to be compressed',
    }),
    squashfsCase('a block with a wrong sum', stored([{ bytes: wrongSum, compressed: true }]), {
      where: block,
      known: 'content',
      how: 'the last byte of its adler32 is 0',
    }),
    squashfsCase('a block that is cut off', stored([{ bytes: packed.subarray(0, -6), compressed: true }]), {
      where: block,
      known: 'content',
      how: 'without its last six bytes',
    }),
    squashfsCase(
      'a block that starts anew for every byte',
      {
        ...stored([{ bytes: madeXz(restarts), compressed: true }], restarts.length),
        options: { compression: 'xz', blockSize: 1_048_576 },
      },
      { where: block, known: 'content', how: '90 000 chunks of LZMA2, each with a reset of its state' },
    ),
    squashfsCase(
      'a block that expands to more',
      stored([{ bytes: deflateSync(Buffer.alloc(1_000_000)), compressed: true }]),
      { where: block, known: 'content', how: 'a million zeros in a block of 4096' },
    ),
    squashfsCase(
      'a short block in the middle',
      stored(
        [
          { bytes: deflateSync(Buffer.alloc(100)), compressed: true },
          { bytes: packed, compressed: true },
        ],
        8192,
      ),
      { where: block, known: 'content', how: '100 bytes where 4096 are due, and more behind' },
    ),
    squashfsCase('a fragment outside the content', { set: { 'fragment 0 start': 2n ** 63n } }, { where: block }),
    squashfsCase('a fragment larger than blocks are', { set: { 'fragment 0 size': 0x2000 } }, { where: block }),
    squashfsCase('an empty fragment', { set: { 'fragment 0 size': 0 } }, { where: /^squashfs fragment/ }),
  ],
};

const metadata = /^squashfs metadata block/;

const streams: HostileClass = {
  name: 'Metadata of a squashfs',
  cases: [
    squashfsCase(
      'a block of 9000 bytes',
      { set: { 'inode table, header of block 0': 0x8000 | 9000 } },
      { where: metadata },
    ),
    squashfsCase('an empty block', { set: { 'inode table, header of block 0': 0x8000 } }, { where: metadata }),
    squashfsCase(
      'a block said to be compressed',
      { set: { 'folder table, header of block 0': 30 } },
      { where: metadata },
    ),
    squashfsCase(
      'a compressed block that is cut off',
      { set: { 'inode table, header of block 0': 20 }, options: { packMetadata: true } },
      { where: metadata },
    ),
    squashfsCase(
      'a block that ends before its records',
      { set: { 'inode table, header of block 0': 0x8000 | 8 } },
      { where: /^squashfs/ },
    ),
    squashfsCase(
      'a table of owners elsewhere',
      { set: { 'id table, block 0': 2n ** 60n } },
      { where: /^squashfs id table/ },
    ),
    squashfsCase(
      'a table of fragments elsewhere',
      { set: { 'fragment table, block 0': 2n ** 63n } },
      { where: /^squashfs fragment table/ },
    ),
    squashfsCase('a table of owners in the superblock', { set: { 'id table, block 0': 0 } }, { where: metadata }),
  ],
};

/** A file with these attributes. */
function attributes(name: string, set: readonly MadeXattr[], how: string): HostileCase {
  const tree = root({ file: file('x', { xattrs: 0 }) });
  return squashfsCase(name, { tree, options: { xattrs: [set] } }, { where: /^squashfs attribute/, how });
}

function attributeFields(name: string, set: Readonly<Record<string, bigint | number>>): HostileCase {
  const tree = root({ file: file('x', { xattrs: 0 }) });
  const xattrs = [
    [
      { name: 'a', value: 'shared', elsewhere: true },
      { name: 'b', value: 'own' },
    ],
  ];
  return squashfsCase(
    name,
    { tree, set, options: { xattrs } },
    { where: /^squashfs (?:attribute|metadata|table of attributes)/ },
  );
}

const xattrs: HostileClass = {
  name: 'Attributes in a squashfs',
  cases: [
    attributes('a name with a NUL', [{ name: 'a\0b', value: '' }], 'user.a\\0b'),
    attributes('no name', [{ name: '', value: '' }], 'user. alone'),
    attributes('a name of 300 bytes', [{ name: 'n'.repeat(300), value: '' }], 'user.nnn…'),
    attributes(
      'a name twice',
      [
        { name: 'a', value: '1' },
        { name: 'a', value: '2' },
      ],
      'user.a = 1, user.a = 2',
    ),
    attributes(
      'more than 1 MiB for one file',
      Array.from({ length: 20 }, (_, at) => ({ name: `a${at}`, value: 'x'.repeat(60_000), elsewhere: true })),
      '20 references to one value of 60 000 bytes',
    ),
    attributeFields('an unknown type', { 'attribute 0.1 type': 7 }),
    attributeFields('a value of 2^31 bytes', { 'attribute 0.1 value length': 2 ** 31 }),
    attributeFields('a value elsewhere', { 'attribute 0.0 value place': 2n ** 60n }),
    attributeFields('a place of 4 bytes', { 'attribute 0.0 value length': 4 }),
    attributeFields('2^32 - 1 attributes', { 'attributes 0 count': 2 ** 32 - 1 }),
    attributeFields('a set that does not exist', { 'inode /file xattrs': 5 }),
    attributeFields('content outside', { 'attribute table start': 2n ** 62n }),
    squashfsCase(
      'a name that a layer cannot say',
      { tree: root({ file: file('x', { xattrs: 0 }) }), options: { xattrs: [[{ name: 'a=b', value: '' }]] } },
      { code: 'CONVERSION_FAILED', where: /file/, how: 'user.a=b' },
    ),
  ],
};

/** What lies in the blocks of a file system. */
export const contentClasses: readonly HostileClass[] = [blocks, streams, xattrs];
