import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSource } from './source.ts';

const { signal } = new AbortController();
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-source-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function file(content: string): Promise<string> {
  const path = join(folder, 'file');
  await writeFile(path, content);
  return path;
}

describe('openSource', () => {
  it('reads a path, an open file and a Blob alike', async () => {
    const path = await file('0123456789');
    const handle = await open(path);
    for (const input of [path, handle, new Blob(['0123456789'])]) {
      await using source = await openSource(input, { signal });
      expect(source.size).toBe(10);
      expect(Buffer.from(await source.read({ offset: 3, length: 4 })).toString()).toBe('3456');
    }
    expect((await handle.stat()).size).toBe(10);
    await handle.close();
  });

  const wrong = [
    [-1, 1],
    [0, -1],
    [0.5, 1],
    [0, 11],
    [11, 0],
    [Number.NaN, 1],
    [Number.MAX_SAFE_INTEGER, 1],
    [0, Number.POSITIVE_INFINITY],
  ] as const;
  it.each(wrong)('refuses the range %d, %d before reading', async (offset, length) => {
    await using source = await openSource(await file('0123456789'), { signal });
    await expect(source.read({ offset, length })).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await expect(source.stream({ offset, length }).next()).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('says that a file became shorter while it was read', async () => {
    const path = await file('0123456789');
    await using source = await openSource(path, { signal });
    await truncate(path, 5);
    await expect(source.read({ offset: 0, length: 10 })).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      details: { where: 'byte 5' },
    });
  });

  it('does not wait for a writer of a named pipe', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(openSource(path, { signal })).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });

  it('names what is missing, and what is no folder', async () => {
    const path = await file('');
    for (const missing of [join(folder, 'none'), join(path, 'below')]) {
      const opening = openSource(missing, { signal });
      await expect(opening).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', details: { path: missing } });
    }
  });

  it('rejects with the reason of its signal', async () => {
    const reason = new Error('enough');
    await expect(openSource(new Blob([]), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
