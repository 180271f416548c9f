import { createHash } from 'node:crypto';
import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConverterRecords, Progress } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSource, type Source } from '../source.ts';
import { digestSource } from './source-digest.ts';

let folder = '';
let path = '';
let kept: Map<string, object>;
const records: ConverterRecords = {
  read: async (name) => kept.get(name),
  write: async (name, value) => void kept.set(name, JSON.parse(JSON.stringify(value))),
};
beforeEach(async () => {
  kept = new Map();
  folder = await mkdtemp(join(tmpdir(), 'fairlead-digest-'));
  path = join(folder, 'image');
  await writeFile(path, 'one');
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Takes the digest so many milliseconds after the file was last changed, and says whether it was read for that. */
async function digest(afterMs = 60_000, change?: () => Promise<unknown>): Promise<{ text: string; read: boolean }> {
  const { ctimeMs } = await stat(path);
  vi.useFakeTimers({ toFake: ['Date'], now: ctimeMs + afterMs });
  await using source = await openSource(path, { signal: new AbortController().signal });
  let read = false;
  const { readInto: _, ...readable } = source;
  const seen: Source = {
    ...readable,
    async *all() {
      read = true;
      yield* source.all();
      await change?.();
    },
  };
  const { text } = await digestSource(seen, { records });
  return { text, read };
}

describe('the digest of a file', () => {
  it('is taken once: the second time the file is not read (B15)', async () => {
    await expect(digest()).resolves.toEqual({ text: digestOf('one'), read: true });
    await expect(digest()).resolves.toEqual({ text: digestOf('one'), read: false });
  });

  it('is taken anew when the content changes, also with the old size and time of modification', async () => {
    await digest();
    const { atime, mtime } = await stat(path);
    await writeFile(path, 'two');
    await utimes(path, atime, mtime);
    await expect(digest()).resolves.toEqual({ text: digestOf('two'), read: true });
  });

  it('is taken anew for another file of that name', async () => {
    await digest();
    await writeFile(`${path}.new`, 'one');
    const other = path;
    path = `${path}.new`;
    await expect(digest()).resolves.toMatchObject({ read: true });
    path = other;
    await expect(digest()).resolves.toMatchObject({ read: false });
  });

  it.each([
    ['a second after a change', 1_000],
    ['before the change, by this clock', -5_000],
  ])('is not remembered %s: the next one may have the same time', async (_, afterMs) => {
    await digest(afterMs);
    expect(kept.size).toBe(0);
    await expect(digest(afterMs)).resolves.toMatchObject({ read: true });
  });

  it.each([
    null,
    'x',
    {},
    { digest: 'sha256:x' },
    { v: 2 },
    { size: 3 },
    { changedNs: '1' },
    { digest: `sha512:${'a'.repeat(128)}` },
  ])('ignores a record that holds %j, and writes it again', async (damage) => {
    await digest();
    const [[name, whole] = ['', {}]] = kept;
    kept.set(
      name,
      typeof damage === 'object' && damage !== null && Object.keys(damage).length > 0
        ? { ...whole, ...damage }
        : Object(damage),
    );
    await expect(digest()).resolves.toEqual({ text: digestOf('one'), read: true });
    expect(kept.get(name)).toEqual(whole);
  });

  it('is none of a file that is changed while it is read', async () => {
    await expect(digest(60_000, () => writeFile(path, 'longer'))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    expect(kept.size).toBe(0);
  });

  it('tells its progress in bytes, and works without records', async () => {
    await using source = await openSource(new Blob(['one']), { signal: new AbortController().signal });
    const seen: Progress[] = [];
    const { text } = await digestSource(source, { onProgress: (progress) => seen.push(progress) });
    expect(text).toBe(digestOf('one'));
    expect(seen).toEqual([{ phase: 'resolving', bytes: 3, totalBytes: 3 }]);
  });
});
