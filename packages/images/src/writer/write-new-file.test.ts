import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeNewFile } from './write-new-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-write-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function* failingAfter(chunks: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < chunks; index += 1) yield new Uint8Array(100_000);
  await Promise.reject(new Error('no more'));
}

async function openFiles(): Promise<readonly string[]> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((target) => target.startsWith(folder));
}

it.each([0, 1, 5])('has made and closed its file when it rejects after %i chunks', async (chunks) => {
  const path = join(folder, 'draft');
  await expect(writeNewFile(path, failingAfter(chunks), undefined)).rejects.toThrow('no more');
  expect(await openFiles()).toEqual([]);
  expect(await readdir(folder)).toEqual(['draft']);
});
