import { expect, it } from 'vitest';
import { keptMembers } from './kept-members.ts';
import type { Member } from './members.ts';

const file: Member = {
  name: './out/file',
  kind: 'file',
  mode: 0o644,
  uid: 7,
  gid: 0,
  mtime: 1,
  size: 3,
  target: '',
  device: null,
  xattrs: {},
  sha256: 'aa',
};
const link = (name: string, target = 'out/file'): Member => ({
  ...file,
  name,
  kind: 'link',
  target,
  size: 0,
  sha256: null,
});

it('of a file that is left out, the first name that stays is the file, and later ones link to it (F86)', () => {
  const members = [file, link('out/b'), link('kept'), link('./later')];
  expect(keptMembers(members, ['out'])).toEqual([{ ...file, name: 'kept' }, link('./later', 'kept')]);
});

it('a file stays what it is where its own name stays', () => {
  const members = [file, link('wh'), link('kept')];
  expect(keptMembers(members, ['wh', 'ou'])).toEqual([file, link('kept')]);
});
