import { gzippedImage, packedImage } from '../../src/__fixtures__/squashfs.ts';
import type { Edit } from '../made/field-writer.ts';
import { madeSquashfs, type MadeOptions } from '../made/made-squashfs.ts';
import { file, folder, root, symlink, type MadeFolder } from '../made/squashfs-tree.ts';

const linked = file('the same file under two names', { mode: 0o4755 });

/** A bit of everything that the format has. */
export const everything: MadeFolder = root({
  '.singularity.d': folder({
    env: folder({ '01-base.sh': file('#!/bin/sh\n') }),
    'labels.json': file('{"a":"b"}'),
    runscript: file('#!/bin/sh\necho hello\n'),
  }),
  attributes: file('x', { xattrs: 0, uid: 1 }),
  big: file(`${'line of a file\n'.repeat(620)}end`),
  device: { type: 'character-device', major: 1, minor: 3 },
  disk: { type: 'block-device', major: 7, minor: 300 },
  empty: file(''),
  hard: linked,
  hole: file('a'.repeat(4096), { holeBytes: 20_000 }),
  inner: folder({ hard: linked, deeper: folder({ up: symlink('../../hard'), text: file('text') }) }),
  link: symlink('/inner'),
  pipe: { type: 'fifo' },
  socket: { type: 'socket' },
  whole: file('b'.repeat(100), { whole: true, xattrs: 1 }),
});

const xattrs: NonNullable<MadeOptions['xattrs']> = [
  [
    { name: 'note', value: '1' },
    { prefix: 'security', name: 'capability', value: 'c'.repeat(20), elsewhere: true },
  ],
  [{ prefix: 'trusted', name: 't', value: 'c'.repeat(20), elsewhere: true }],
];

/** The ways in which the tree is written. */
export const variants: readonly (MadeOptions & { readonly name: string })[] = [
  { name: 'made, gzip', compression: 'gzip' },
  { name: 'made, gzip, packed metadata', compression: 'gzip', packMetadata: true },
  { name: 'made, zstd, packed metadata', compression: 'zstd', packMetadata: true },
  { name: 'made, lz4, all stored', compression: 'lz4' },
  {
    name: 'made, gzip, short metadata blocks',
    blockBytes: { 'inode table': 300, 'folder table': 250, attributes: 50 },
  },
];

/** The image of a tree; its fields can be edited on their way into it. */
export function imageOf(tree: MadeFolder, options: MadeOptions, edit: Edit): Buffer {
  return madeSquashfs(tree, { ...options, xattrs, edit });
}

function used(image: Buffer): Buffer {
  return image.subarray(0, Number(image.readBigUInt64LE(40)));
}

/** Images of other tools, one for each compressor and filter, of which only bytes can be changed. */
export function foreignImages(): ReadonlyMap<string, Buffer> {
  const images = new Map<string, Buffer>([['mksquashfs, raw', used(gzippedImage('raw'))]]);
  const names = ['gzip', 'zstd', 'xz', 'xz-x86', 'lz4', 'lzo', 'plain', 'ng-gzip', 'ng-xz', 'ng-zstd'] as const;
  for (const name of names) images.set(name, used(packedImage(name)));
  return images;
}
