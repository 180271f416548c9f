import { describe, expect, it } from 'vitest';
import { listedAs, readListing } from './unsquashfs-listing.ts';
import type { Member } from './members.ts';

const member: Member = {
  name: './dir/new\nline',
  kind: 'file',
  mode: 0o6711,
  uid: 70_000,
  gid: 4_000_000_000,
  mtime: 2_208_988_800,
  size: 16,
  target: '',
  device: null,
  xattrs: {},
  sha256: null,
};

const listing = `drwxr-xr-x 0/0                     751 2023-11-14 22:13 squashfs-root
-rws--s--x 70000/4000000000         16 2040-01-01 00:00 squashfs-root/dir/new
line
crw-r----- 12/34                  1,  3 2023-11-14 22:13 squashfs-root/null
lrwxrwxrwx 0/0                       4 2023-11-14 22:13 squashfs-root/link -> null
drwxrwxrwT 0/0                       4 2023-11-14 22:13 squashfs-root/sticky
`;

describe('readListing', () => {
  const entries = readListing(listing);

  it('reads names with newlines, devices and the root (F86)', () => {
    expect([...entries.keys()]).toEqual(['', 'dir/new\nline', 'null', 'link -> null', 'sticky']);
  });

  it.each<[string, Partial<Member>]>([
    ['a file', {}],
    ['the root', { name: '.', kind: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 1_700_000_000 }],
    ['a device', { name: 'null', kind: 'character-device', mode: 0o640, uid: 12, gid: 34, mtime: 1_700_000_000 }],
    ['a link', { name: 'link', kind: 'symlink', target: 'null', mode: 0o777, uid: 0, gid: 0, mtime: 1_700_000_000 }],
    ['a folder', { name: 'sticky/', kind: 'directory', mode: 0o1776, uid: 0, gid: 0, mtime: 1_700_000_000 }],
  ])('has %s as a member of a tar tells it', (_, change) => {
    const { name, entry } = listedAs({ ...member, ...change });
    expect(entries.get(name)).toBe(entry);
  });
});
