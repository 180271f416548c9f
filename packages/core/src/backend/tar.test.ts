import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTarEntries, type TarEntry } from './tar-entries.ts';
import { tarFiles } from './tar.ts';

type Read = Omit<TarEntry, 'content'> & { readonly text: string };

async function* pieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(source: AsyncIterable<Uint8Array>): Promise<Read[]> {
  const entries: Read[] = [];
  for await (const { content, ...entry } of readTarEntries(source)) {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    entries.push({ ...entry, text: Buffer.concat(parts).toString() });
  }
  return entries;
}

const long = `${'folder/'.repeat(30)}file`;
const files = [
  { name: 'data', type: 'directory' },
  { name: 'data/a.txt', content: Buffer.from('hello'), mode: 0o600 },
  { name: 'data/café=1,2:3\n.txt', content: Buffer.from('odd name') },
  { name: long, content: Buffer.alloc(1024, 'x') },
  { name: '-rf', content: new Uint8Array(0) },
] as const;

describe('tarFiles', () => {
  it('is unpacked by tar(1) with names, modes and bytes as given', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fairlead-tar-'));
    try {
      execFileSync('tar', ['-xf', '-', '-C', folder], { input: tarFiles(files) });
      expect(readFileSync(join(folder, 'data/a.txt'), 'utf8')).toBe('hello');
      expect(statSync(join(folder, 'data/a.txt')).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(folder, 'data/café=1,2:3\n.txt'), 'utf8')).toBe('odd name');
      expect(readFileSync(join(folder, long), 'utf8')).toBe('x'.repeat(1024));
      expect(statSync(join(folder, 'data')).isDirectory()).toBe(true);
      expect(statSync(join(folder, '-rf')).size).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives equal bytes for equal files', () => {
    expect(Buffer.from(tarFiles(files)).equals(Buffer.from(tarFiles(files)))).toBe(true);
  });

  it.each(['../up', 'a/../b', '/absolute', 'a//b', '', '.', 'nul\0'])('refuses the name %j (C84)', (name) => {
    expect(() => tarFiles([{ name }])).toThrow(expect.objectContaining({ code: 'INVALID_SPEC' }));
  });
});

describe('readTarEntries', () => {
  it.each([1, 511, 512, 513, 1_000_000])('reads what tarFiles wrote in pieces of %i bytes', async (size) => {
    const entries = await read(pieces(tarFiles(files), size));
    expect(entries.map((entry) => [entry.name, entry.type, entry.text])).toEqual([
      ['data/', 'directory', ''],
      ['data/a.txt', 'file', 'hello'],
      ['data/café=1,2:3\n.txt', 'file', 'odd name'],
      [long, 'file', 'x'.repeat(1024)],
      ['-rf', 'file', ''],
    ]);
    expect(entries[1]?.mode).toBe(0o600);
  });

  it.each(['pax', 'gnu', 'ustar'])('reads links and long names that tar(1) writes as %s', async (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'fairlead-tar-'));
    try {
      const deep = `${'d/'.repeat(60)}file`;
      mkdirSync(dirname(join(folder, deep)), { recursive: true });
      writeFileSync(join(folder, deep), 'deep');
      writeFileSync(join(folder, 'short'), 'short');
      linkSync(join(folder, 'short'), join(folder, 'hard'));
      symlinkSync('target', join(folder, 'soft'));
      const names = ['d', 'short', 'hard', 'soft'];
      const bytes = execFileSync('tar', [`--format=${format}`, '-cf', '-', ...names], { cwd: folder });
      const entries = await read(pieces(bytes));
      expect(entries.find((entry) => entry.text === 'deep')?.name).toBe(deep);
      expect(entries.find((entry) => entry.name === 'soft')).toMatchObject({
        type: 'symlink',
        linkName: 'target',
      });
      expect(entries.find((entry) => entry.name === 'hard')).toMatchObject({
        type: 'link',
        linkName: 'short',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('skips content that nobody reads', async () => {
    const names: string[] = [];
    for await (const { name } of readTarEntries(pieces(tarFiles(files)))) names.push(name);
    expect(names).toEqual(['data/', 'data/a.txt', 'data/café=1,2:3\n.txt', long, '-rf']);
  });

  it('closes its source when it is left early', async () => {
    let closed = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(tarFiles(files));
      } finally {
        closed = true;
      }
    };
    for await (const entry of readTarEntries(source())) if (entry.name !== '') break;
    expect(closed).toBe(true);
  });

  it.each([0, 100, 1100, 1500])('refuses a tar that is cut after %i bytes', async (length) => {
    await expect(read(pieces(tarFiles(files).subarray(0, length)))).rejects.toMatchObject({
      code: 'ENGINE_FAILURE',
    });
  });

  it('refuses what is no tar', async () => {
    await expect(read(pieces(Buffer.alloc(2048, 'no tar')))).rejects.toMatchObject({
      code: 'ENGINE_FAILURE',
    });
  });

  it('refuses a damaged header', async () => {
    const bytes = Buffer.from(tarFiles(files));
    bytes[3] = 0x7a;
    await expect(read(pieces(bytes))).rejects.toMatchObject({ code: 'ENGINE_FAILURE' });
  });
});
