import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchFolder } from './folder-changes.ts';
import { followFiles } from './follow-files.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-follow-'));
  await writeFile(join(folder, 'stdout'), 'first');
  await writeFile(join(folder, 'stderr'), 'error');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const files = (offset = 0) => [
  { name: 'stdout' as const, path: join(folder, 'stdout'), offset },
  { name: 'stderr' as const, path: join(folder, 'stderr'), offset },
];

describe('followFiles', () => {
  it('reads to the end once more after it has learnt that nobody writes any more', async () => {
    using changes = watchFolder(folder);
    const { signal } = new AbortController();
    const next = () => changes.next({ timeoutMs: 1000, signal });
    const given = { stdout: '', stderr: '' };
    const complete = async () => {
      // Written before the answer: a reader that takes what it read before the question loses this.
      await appendFile(join(folder, 'stdout'), ' last');
      return true;
    };
    for await (const { name, bytes } of followFiles(files(), { next, complete, signal }))
      given[name] += Buffer.from(bytes).toString();
    expect(given).toEqual({ stdout: 'first last', stderr: 'error' });
  });

  it('gives what is appended, from an offset on, in megabytes', async () => {
    using changes = watchFolder(folder);
    const { signal } = new AbortController();
    const next = () => changes.next({ timeoutMs: 1000, signal });
    let written = 0;
    let given = 0;
    const complete = async () => {
      if (written === 3) return true;
      written += 1;
      await appendFile(join(folder, 'stdout'), Buffer.alloc(2_000_003, 65));
      return false;
    };
    for await (const { bytes } of followFiles(files(5), { next, complete, signal })) given += bytes.length;
    expect(given).toBe(3 * 2_000_003);
  });

  it('stops with the reason of its signal', async () => {
    using changes = watchFolder(folder);
    const controller = new AbortController();
    const reason = new Error('enough');
    const read = async () => {
      const next = (signal: AbortSignal) => changes.next({ timeoutMs: 1000, signal });
      const options = { next, complete: async () => false, signal: controller.signal };
      for await (const { name } of followFiles(files(), options)) if (name === 'stderr') controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
  });
});

describe('watchFolder', () => {
  it('wakes at a change, and at its clock without one', async () => {
    using changes = watchFolder(folder);
    const { signal } = new AbortController();
    await changes.next({ timeoutMs: 5, signal });
    const woken = changes.next({ timeoutMs: 60_000, signal });
    await appendFile(join(folder, 'stdout'), 'x');
    await expect(woken).resolves.toBeUndefined();
  });

  it('lives with a folder that cannot be watched', async () => {
    using changes = watchFolder(join(folder, 'absent'));
    const { signal } = new AbortController();
    await expect(changes.next({ timeoutMs: 1, signal })).resolves.toBeUndefined();
  });
});
