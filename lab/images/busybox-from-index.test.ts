import { afterEach, expect, it, vi } from 'vitest';

import { arMember, busyboxFromIndex, findPackage } from './busybox-from-index.ts';

const index = `Package: busybox
Filename: pool/wrong.deb
SHA256: 00

Package: busybox-static
Version: 1
Filename: pool/right.deb
SHA256: 11
`;

afterEach(() => vi.unstubAllGlobals());

it('asks for nothing over a connection that nobody vouches for', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    return Promise.reject(new Error('offline'));
  });
  await expect(busyboxFromIndex('/nowhere/busybox')).rejects.toThrow('cannot reach https://');
  expect(asked.map((url) => new URL(url).protocol)).toEqual(['https:']);
});

it('finds exactly the package, be it the first or the last', () => {
  expect(findPackage(index, 'busybox-static')).toEqual({ filename: 'pool/right.deb', sha256: '11' });
  expect(findPackage(index, 'busybox').filename).toBe('pool/wrong.deb');
});

it('says which package the index does not have', () => {
  expect(() => findPackage(index, 'static')).toThrow('no package static');
});

it('reads a member behind one of odd length', () => {
  const member = (name: string, text: string) =>
    `${name.padEnd(16)}${'0'.padEnd(12)}0     0     100644  ${String(text.length).padEnd(10)}\`\n${text}${text.length % 2 ? '\n' : ''}`;
  const archive = Buffer.from(`!<arch>\n${member('debian-binary', '2.0')}${member('data.tar.xz', 'content')}`);
  expect(arMember(archive, 'data.tar.xz').toString()).toBe('content');
  expect(() => arMember(archive, 'other')).toThrow('no other');
});
