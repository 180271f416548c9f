import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource } from '../source.ts';
import { sourceReader, streamReader, type ByteReader } from './byte-reader.ts';
import { readTar } from './read-tar.ts';
import type { TarEntry } from './tar-entry.ts';
import { concatBytes, tarHeader } from './tar-header.ts';
import { tarOf } from './write-tar.ts';

async function entriesOf(reader: ByteReader, maxEntries = 1000): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for await (const entry of readTar(reader, maxEntries)) entries.push(entry);
  return entries;
}

async function read(bytes: Uint8Array, maxEntries?: number): Promise<TarEntry[]> {
  const source = await openSource(new Blob([Buffer.from(bytes)]), { signal: new AbortController().signal });
  const entries = await entriesOf(sourceReader(source), maxEntries);
  for (const size of [1, 511, 512, 100_000]) {
    const streamed = await entriesOf(streamReader('stream', chunks(bytes, size)), maxEntries);
    expect(streamed).toEqual(entries);
  }
  return entries;
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const sample = tarOf([
  { type: 'directory', name: 'd', mode: 0o1777 },
  { type: 'file', name: `d/${'n'.repeat(200)}`, content: 'x'.repeat(700), uid: 4_000_000_000, mtimeSeconds: -5 },
  { type: 'symlink', name: 's', target: `é/${'t'.repeat(300)}` },
  { type: 'character-device', name: 'null', major: 1, minor: 3 },
  { type: 'file', name: 'end', content: '' },
]);

describe('readTar', () => {
  it('gives back what was written, from a source and from a stream cut anywhere', async () => {
    const entries = await read(sample);
    expect(
      entries.map(({ name, type, size, uid, mtimeSeconds, target }) => [name, type, size, uid, mtimeSeconds, target]),
    ).toEqual([
      ['d/', 'directory', 0, 0, 0, ''],
      [`d/${'n'.repeat(200)}`, 'file', 700, 4_000_000_000, -5, ''],
      ['s', 'symlink', 0, 0, 0, `é/${'t'.repeat(300)}`],
      ['null', 'character-device', 0, 0, 0, ''],
      ['end', 'file', 0, 0, 0, ''],
    ]);
    const long = entries[1];
    expect(sample.subarray(long?.offset, (long?.offset ?? 0) + 700)).toEqual(new Uint8Array(700).fill(120));
  });

  it.each(['gnu', 'posix', 'ustar', 'v7'])('reads what GNU tar writes as %s', async (format) => {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-read-tar-'));
    try {
      const long = format === 'v7' ? 'n'.repeat(90) : `${'d'.repeat(90)}/${'n'.repeat(90)}`;
      await mkdir(join(folder, 't', 'd'.repeat(90)), { recursive: true });
      await writeFile(join(folder, 't', long), 'content');
      await symlink('target', join(folder, 't', 'link'));
      const args = ['-C', join(folder, 't'), `--format=${format}`, '-cf', '-', long, 'link'];
      const entries = await read(execFileSync('tar', args));
      expect(entries.map(({ name, type, size, target }) => [name, type, size, target])).toEqual([
        [long, 'file', 7, ''],
        ['link', 'symlink', 0, 'target'],
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('keeps names that are not UTF-8 byte for byte', async () => {
    const bytes = tarOf([{ type: 'file', name: 'ab', content: '' }]);
    bytes.set([0xff, 0xfe], 0);
    bytes.set(new TextEncoder().encode(checksum(bytes)), 148);
    const [entry] = await read(bytes);
    expect(entry?.rawName).toEqual(Uint8Array.of(0xff, 0xfe));
  });

  it('keeps targets that are not UTF-8 byte for byte, and a mark of byte order at the start of a name', async () => {
    const bytes = tarOf([
      { type: 'link', name: 'a', target: 'xy' },
      { type: 'file', name: '\u{feff}b', content: '' },
    ]);
    bytes.set([0xff, 0xfe], 157);
    bytes.set(new TextEncoder().encode(checksum(bytes)), 148);
    const [link, file] = await read(bytes);
    expect(link?.rawTarget).toEqual(Uint8Array.of(0xff, 0xfe));
    expect(file?.name).toBe('\u{feff}b');
  });

  it('takes an empty pax value for none: what the header says stays', async () => {
    const records = pax('8 path=\n8 size=\n9 mtime=\n13 linkpath=\n');
    const [entry] = await read(records);
    expect(entry).toMatchObject({ name: 'x', size: 0, type: 'file', mtimeSeconds: 0 });
  });

  it('reads device numbers only where the form has them: what v7 has there is anything', async () => {
    const old = patched(file, 329, [...Buffer.from('xyz')]);
    old.fill(0, 257, 265);
    old.set(new TextEncoder().encode(checksum(old)), 148);
    expect(await read(old)).toMatchObject([{ name: 'x', major: 0, minor: 0 }]);
    const device = patched({ type: 'character-device', name: 'null', size: 0, major: 1, minor: 3 }, 257, [
      ...Buffer.from('ustar  \0'),
    ]);
    expect(await read(device)).toMatchObject([{ name: 'null', major: 1, minor: 3 }]);
    await expect(read(patched(file, 329, [...Buffer.from('xyz')]))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('ends at a clean end without blocks of zeros, and reads nothing behind them', async () => {
    expect(await read(sample.subarray(0, sample.length - 1024))).toHaveLength(5);
    expect(await read(concatBytes([sample, sample]))).toHaveLength(5);
    expect(await read(new Uint8Array())).toEqual([]);
  });

  it('finds every truncation inside a header or content', async () => {
    const boundaries = new Set((await read(sample)).map(({ offset, size }) => offset + Math.ceil(size / 512) * 512));
    for (let length = 1; length < sample.length - 1024; length += 97) {
      if (length % 512 === 0 && boundaries.has(length)) continue;
      await expect(read(sample.subarray(0, length)), `cut at ${length}`).rejects.toMatchObject({
        code: 'CORRUPT_IMAGE',
      });
    }
  });

  const file = { type: 'file', name: 'x', size: 0 } as const;
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['bytes that are no header', new Uint8Array(1024).fill(7), /no tar header/],
    ['a size of 2^60', patched(file, 124, [0x80, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0]), /size is not a number/],
    [
      'a negative size',
      patched(
        file,
        124,
        Array.from({ length: 12 }, () => 0xff),
      ),
      /size is negative/,
    ],
    ['a size beyond the end', tarHeader({ ...file, size: 9_000_000_000_000 }), /truncated/],
    ['a size that is no number', patched(file, 124, [0x31, 0x32, 0x7a]), /size is not a number/],
    ['a long name of 2 GiB', patched({ ...file, size: 2 ** 31 }, 156, ['L'.charCodeAt(0)]), /extended header of/],
    ['a long name without end', patched({ ...file, size: 100 }, 156, ['L'.charCodeAt(0)]), /truncated/],
    ['a name longer than any path', tarHeader({ ...file, name: 'n'.repeat(5000) }), /a name of 5000 bytes/],
    ['a pax record without a value', pax('7 path\n'), /pax header/],
    ['a pax record with a wrong length', pax('99 path=x\n'), /pax header/],
    ['a pax record of length 0', pax('0 path=x\n'), /pax header/],
    ['a pax size that is no number', pax('11 size=-3\n'), /no number for size/],
    [
      'pax headers that belong to nothing',
      concatBytes(Array.from({ length: 9 }, () => pax('8 a=bcd\n', false))),
      /belong to no member/,
    ],
  ];
  it.each(cases)('refuses %s', async (_, bytes, why) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE', message: expect.stringMatching(why) });
  });

  it('stops at the limit of members', async () => {
    const many = tarOf(Array.from({ length: 20 }, (_, at) => ({ type: 'fifo', name: `f${at}` }) as const));
    await expect(read(many, 19)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    expect(await read(many, 20)).toHaveLength(20);
  });

  function patched(fields: Parameters<typeof tarHeader>[0], at: number, bytes: readonly number[]): Uint8Array {
    const header = tarHeader(fields);
    header.set(bytes, at);
    header.set(new TextEncoder().encode(checksum(header)), 148);
    return header;
  }

  function pax(text: string, withFile = true): Uint8Array {
    const body = new Uint8Array(512);
    body.set(new TextEncoder().encode(text));
    const header = patched({ ...file, size: text.length }, 156, ['x'.charCodeAt(0)]);
    return concatBytes([header, body, ...(withFile ? [tarHeader(file)] : [])]);
  }
});

function checksum(header: Uint8Array): string {
  const block = header.slice(0, 512).fill(32, 148, 156);
  return `${block
    .reduce((sum, byte) => sum + byte, 0)
    .toString(8)
    .padStart(6, '0')}\0 `;
}
