import { readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { sleep, type BackendCall } from '@fairlead/core/backend';
import { readProcess, signalProcess, type ProcessStat } from '@fairlead/subprocess/supervisor';

/** How long a process that serves a mount has to end after each of these, in milliseconds. */
const graceMs = 1_000;
const lookMs = 20;

/**
 * Waits until nothing serves a mount any more; what does not end by itself is ended. It is known by the mount point in
 * its arguments, which no other process of this user has.
 */
export async function endServers(mountPoint: string, call: BackendCall): Promise<void> {
  for (const signal of ['by itself', 'SIGTERM', 'SIGKILL'] as const) {
    const left = await findServers(mountPoint);
    if (signal !== 'by itself') for (const server of left) signalProcess(server, signal);
    for (let waited = 0; waited < graceMs; waited += lookMs) {
      if ((await findServers(mountPoint)).length === 0) return;
      await sleep(lookMs, call.signal);
    }
  }
}

/** The processes of this user that mount something here, or serve it. */
async function findServers(mountPoint: string): Promise<readonly ProcessStat[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      if (!servesMount(argv, mountPoint)) return undefined;
      const facts = await stat(`/proc/${pid}`).catch(() => undefined);
      return facts?.uid === process.getuid?.() ? readProcess(Number(pid)) : undefined;
    }),
  );
  return found.filter((server) => server !== undefined);
}

/** Whether these arguments are those of a program that serves this mount, or of what starts it. */
export function servesMount(argv: readonly string[], mountPoint: string): boolean {
  return argv.includes(mountPoint) && argv.some((argument) => serverNames.includes(basename(argument)));
}

/** The programs that can serve a squashfs, the faster first. */
export const serverNames: readonly string[] = ['squashfuse_ll', 'squashfuse'];
