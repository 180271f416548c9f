import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { ensureBusybox } from './busybox-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-busybox-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const unreachable = () => Promise.reject(new Error('no way'));

it('asks the next source when one cannot, and none again once it has the file', async () => {
  const file = await ensureBusybox(folder, [unreachable, (goal) => writeFile(goal, 'program')]);
  expect(await readFile(file, 'utf8')).toBe('program');
  expect((await stat(file)).mode & 0o777).toBe(0o755);
  expect(await ensureBusybox(folder, [unreachable])).toBe(file);
});

it('says of every source why it cannot', async () => {
  const gone = () => Promise.reject(new Error('gone'));
  await expect(ensureBusybox(folder, [unreachable, gone])).rejects.toThrow('- no way\n- gone');
});
