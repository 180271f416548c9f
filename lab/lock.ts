import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { say } from './steps.ts';

export interface LockOptions {
  /** How long to wait for another user. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Holds a lab for one user until disposed. The kernel holds the lock for a process that ends with this one,
 * so that no lock can outlive its holder, however that ends.
 *
 * @throws when another user has not gone within `timeoutSeconds`; the message says who it is
 */
export async function takeLock(file: string, options: LockOptions): Promise<AsyncDisposable> {
  await mkdir(dirname(file), { recursive: true });
  let holder = await tryLock(file, ['--nonblock'], options.signal);
  if (!holder) {
    const user = await readFile(file, 'utf8').catch(() => '');
    say(`waiting for another user of the lab to finish: ${user.trim() || 'unknown'}`);
    holder = await tryLock(file, ['--timeout', String(options.timeoutSeconds)], options.signal);
    if (!holder)
      throw new Error(
        `lab: still in use after ${options.timeoutSeconds} s by ${user.trim() || 'an unknown process'} (${file}). Wait for it, or set FAIRLEAD_LAB_DIR to another folder.`,
      );
  }
  await writeFile(file, `process ${process.pid}: ${process.argv.slice(1).join(' ')}\n`);
  const held = holder;
  return {
    async [Symbol.asyncDispose]() {
      if (held.exitCode !== null || held.signalCode !== null) return;
      const ended = once(held, 'exit');
      held.stdin?.end();
      await ended;
    },
  };
}

const busy = 75;

// `cat` ends when our end of its stdin is closed: by us, or by our death.
async function tryLock(file: string, how: readonly string[], signal?: AbortSignal): Promise<ChildProcess | undefined> {
  const flock = ['--exclusive', '--conflict-exit-code', String(busy), '--no-fork', ...how, file];
  const child = spawn('/usr/bin/flock', [...flock, '/bin/sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    const held = once(child.stdout, 'data', { signal }).then(() => 'held' as const);
    const ended = once(child, 'exit', { signal }).then(([code]: unknown[]) => code);
    ended.catch(() => undefined);
    held.catch(() => undefined);
    const first = await Promise.race([held, ended]);
    if (first === 'held') return child;
    if (first === busy) return undefined;
    throw new Error(`lab: flock ended with ${String(first)} on ${file}`);
  } catch (error) {
    child.kill('SIGKILL');
    signal?.throwIfAborted();
    throw error;
  }
}
