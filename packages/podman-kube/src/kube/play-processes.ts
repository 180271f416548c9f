import { readFile, readdir } from 'node:fs/promises';
import { inOwnTime, sleep } from '@fairlead/core/backend';
import { playAnnotation } from './made.ts';

/** Time between SIGTERM and SIGKILL, in milliseconds. */
const graceMs = 2_000;

/**
 * Ends the `podman kube play` of a play whose process died: it goes on without it, and would make more while it is
 * undone (K40). It is known by the play's id in its arguments.
 */
export async function endPlayProcesses(playId: string): Promise<void> {
  const argument = `--annotation=${playAnnotation}=${playId}`;
  await inOwnTime(15_000, async ({ signal }) => {
    for (let waited = 0; ; waited += 100) {
      const running = await findProcesses(argument);
      if (running.length === 0) return;
      if (waited === 0) send(running, 'SIGTERM');
      else if (waited > graceMs) send(running, 'SIGKILL');
      await sleep(100, signal);
    }
  });
}

async function findProcesses(argument: string): Promise<readonly number[]> {
  const names = await readdir('/proc').catch((): string[] => []);
  const pids = names.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found: number[] = [];
  for (const pid of pids) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.split('\0').includes(argument)) found.push(Number(pid));
  }
  return found;
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}
