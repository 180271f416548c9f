import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { takeLock } from './lock.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-lock-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it('lets the next user in when the first has gone', async () => {
  const file = join(folder, 'lock');
  const first = await takeLock(file, { timeoutSeconds: 0 });
  const second = takeLock(file, { timeoutSeconds: 60 });
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
  expect(await readFile(file, 'utf8')).toContain(`process ${process.pid}`);
});

it('says who has the lab when it waits in vain', async () => {
  const file = join(folder, 'lock');
  await using _first = await takeLock(file, { timeoutSeconds: 0 });
  await expect(takeLock(file, { timeoutSeconds: 0 })).rejects.toThrow(`in use after 0 s by process ${process.pid}`);
});

it('is free again when its holder was killed', async () => {
  const file = join(folder, 'lock');
  const script = `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    globalThis.held = await takeLock(${JSON.stringify(file)}, { timeoutSeconds: 0 });
    console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  await using next = await takeLock(file, { timeoutSeconds: 60 });
  expect(next).toBeDefined();
});

it('rejects with the reason of its signal while it waits', async () => {
  const file = join(folder, 'lock');
  await using _first = await takeLock(file, { timeoutSeconds: 0 });
  const reason = new Error('enough');
  const waiting = takeLock(file, { timeoutSeconds: 60, signal: AbortSignal.abort(reason) });
  await expect(waiting).rejects.toBe(reason);
});
