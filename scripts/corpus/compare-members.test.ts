import { describe, expect, it } from 'vitest';
import { compareMembers } from './compare-members.ts';
import type { Member } from './members.ts';

const file: Member = {
  name: './a/file',
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 1,
  size: 3,
  target: '',
  device: null,
  xattrs: { 'user.x': 'y' },
  sha256: 'aa',
};
const link: Member = { ...file, name: 'b/link', kind: 'link', target: 'a/file', size: 0, sha256: null, xattrs: {} };

describe('compareMembers', () => {
  it('takes lists for equal that name a file and its links in another order (F86)', () => {
    const other = [
      { ...file, name: 'b/link' },
      { ...link, name: 'a/file', target: './b/link' },
    ];
    expect(compareMembers([file, link], other)).toEqual([]);
  });

  it.each<[string, Partial<Member>]>([
    ['type', { kind: 'fifo' }],
    ['permissions', { mode: 0o4644 }],
    ['owner', { uid: 1 }],
    ['group', { gid: 1 }],
    ['time', { mtime: 2 }],
    ['size', { size: 4 }],
    ['target', { target: 'x' }],
    ['device', { device: [1, 3] }],
    ['attributes', { xattrs: { 'user.x': 'z' } }],
    ['content', { sha256: 'bb' }],
  ])('tells another %s', (_, change) => {
    expect(compareMembers([{ ...file, ...change }], [file])).toHaveLength(1);
  });

  it('tells what is missing, too much, there twice, or linked before it is there', () => {
    expect(compareMembers([], [file])).toEqual(['"a/file" is missing']);
    expect(compareMembers([file], [])).toEqual(['"a/file" is too much']);
    expect(compareMembers([file, file], [file])).toEqual(['ours: "a/file" is there twice']);
    expect(compareMembers([link, file], [file, link])).toContain(
      'ours: "b/link" is a link to what has not come before',
    );
  });

  it('tells a link from a file of the same content', () => {
    expect(compareMembers([file, { ...file, name: 'b/link' }], [file, link])).toHaveLength(1);
  });
});
