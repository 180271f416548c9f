import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tarHeader } from './tar-header.ts';
import { tarOf } from './write-tar.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-write-tar-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function listed(bytes: Uint8Array): Promise<string> {
  const file = join(folder, 'a.tar');
  await writeFile(file, bytes);
  const args = ['--numeric-owner', '--full-time', '--utc', '--quoting-style=c', '-tvf', file];
  return execFileSync('tar', args, { encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
}

describe('tarOf', () => {
  it('writes members that GNU tar reads: types, modes, owners, targets', async () => {
    const listing = await listed(
      tarOf([
        { type: 'directory', name: 'bin', mode: 0o1777 },
        { type: 'file', name: 'bin/busybox', content: 'ELF', mode: 0o4755, uid: 7, gid: 8, mtimeSeconds: 60 },
        { type: 'symlink', name: 'bin/sh', target: 'busybox' },
        { type: 'link', name: 'bin/ash', target: 'bin/busybox' },
        { type: 'character-device', name: 'null', major: 1, minor: 3, mode: 0o666 },
        { type: 'fifo', name: 'pipe' },
      ]),
    );
    expect(listing.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'drwxrwxrwt 0/0 0 1970-01-01 00:00:00 "bin/"',
      '-rwsr-xr-x 7/8 3 1970-01-01 00:01:00 "bin/busybox"',
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 "bin/sh" -> "busybox"',
      'hrw-r--r-- 0/0 0 1970-01-01 00:00:00 "bin/ash" link to "bin/busybox"',
      'crw-rw-rw- 0/0 1,3 1970-01-01 00:00:00 "null"',
      'prw-r--r-- 0/0 0 1970-01-01 00:00:00 "pipe"',
      '',
    ]);
  });

  it.each([99, 100, 101, 997, 998, 999, 5000])('writes a name of %i bytes whole', async (length) => {
    const name = `${'d/'.repeat(40)}${'n'.repeat(length - 80)}`;
    const [entry] = (await listed(tarOf([{ type: 'file', name, content: '' }]))).split('\n');
    expect(entry?.endsWith(` "${name}"`)).toBe(true);
  });

  it('writes names that are not ASCII, owners beyond octal and times before 1970', async () => {
    const listing = await listed(
      tarOf([{ type: 'file', name: 'é,=:-\n', content: '', uid: 4_000_000_000, mtimeSeconds: -5 }]),
    );
    expect(listing).toContain('4000000000/0');
    expect(listing).toContain('1969-12-31 23:59:55');
    expect(listing).toContain('"\\303\\251,=:-\\n"');
  });

  it('gives equal bytes for equal members', () => {
    const entries = [{ type: 'file', name: 'a', content: 'x' }] as const;
    expect(tarOf(entries)).toEqual(tarOf(entries));
  });

  it.each(['', '/a', './a', '../a', 'a/../../b', 'a//b', 'a\0b'])('refuses the name %j', (name) => {
    expect(() => tarOf([{ type: 'file', name, content: '' }])).toThrow(/no name for a member/);
  });
});

describe('tarHeader', () => {
  it('tells sizes beyond 8 GiB in a pax header', () => {
    const header = new TextDecoder().decode(tarHeader({ type: 'file', name: 'a', size: 9_000_000_000 }));
    expect(header).toContain('19 size=9000000000\n');
  });
});
