import { expect, it } from 'vitest';
import type { Member } from './members.ts';
import { compareUnpackedMembers } from './unpacked-tree.ts';

const folder: Member = {
  name: 'bin',
  kind: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: 1,
  size: 0,
  target: '',
  device: null,
  xattrs: {},
  sha256: null,
};
const probe: Member = { ...folder, name: 'bin/probe', kind: 'file', size: 3, sha256: 'abc' };
const unpacked = [
  { ...folder, name: '.' },
  { ...folder, name: './bin', mtime: 2 },
  { ...probe, name: './bin/probe' },
];

it('takes what was unpacked at another time, into whatever folder, for the same', () => {
  expect(compareUnpackedMembers([folder, probe], unpacked)).toEqual([]);
});

it.each([
  ['content', { sha256: 'abd' }],
  ['mode', { mode: 0o644 }],
  ['owner', { uid: 5 }],
] as const)('tells another %s, and what is not there', (_, change) => {
  const [root = folder, bin = folder] = unpacked;
  expect(compareUnpackedMembers([folder, probe], [root, bin, { ...probe, ...change }])).toHaveLength(1);
  expect(compareUnpackedMembers([folder, probe], [root, bin])).toEqual(['"bin/probe" is missing']);
});

it('does not take nothing for equal to nothing', () => {
  expect(compareUnpackedMembers([], [])).toHaveLength(1);
});
