import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import {
  cgroupPrefix,
  cgroupVersion,
  delegate,
  labCgroups,
  makeCgroups,
  processesIn,
  removeCgroups,
} from './cgroups.ts';
import { cgroupName, pidFileOf, type Machine } from './enter.ts';
import type { LabPaths } from '../paths.ts';
import type { Root } from '../root/root.ts';
import { suites } from '../root/suites.ts';
import { labUser } from './user.ts';

export interface StartOptions {
  /** Whether the machine runs on when this process ends; else the kernel kills it, however this process ends. */
  readonly keep: boolean;
}

/** Starts the machine of a root, with nothing in it but a PID 1. */
export async function startMachine(paths: LabPaths, root: Root, options: StartOptions): Promise<Machine> {
  const cgroups = await makeCgroups(cgroupName(paths, root.suite));
  const pidFile = pidFileOf(paths, root.suite);
  const log = join(paths.run, `${root.suite}.log`);
  await mkdir(paths.run, { recursive: true });
  await writeFile(pidFile, '');
  const output = await open(log, 'w');
  const argv = initArgv(paths, root, options, await cgroupVersion());
  const child = spawn('/bin/sh', ['-c', joinCgroups, 'lab', cgroups.join(' '), ...argv], {
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', output.fd, output.fd],
  });
  child.unref();
  await output.close();
  for (let waited = 0; waited < 10_000 && child.exitCode === null; waited += 10) {
    const pid = /^(\d+)\n/.exec(await readFile(pidFile, 'utf8'))?.[1];
    if (pid) return { suite: root.suite, pid: Number(pid), cgroups: await delegate(cgroups) };
    await delay(10);
  }
  throw new Error(`lab: the machine of ${root.suite} did not start: ${(await readFile(log, 'utf8')).trim()}`);
}

const joinCgroups = 'for folder in $1; do echo $$ >"$folder/cgroup.procs" || exit; done; shift; exec "$@"';

const namespaces = ['--mount', '--propagation', 'private', '--pid', '--net', '--uts', '--ipc', '--cgroup'];

function initArgv(paths: LabPaths, root: Root, options: StartOptions, version: 1 | 2): readonly string[] {
  const init = join(import.meta.dirname, 'init.sh');
  const tie = options.keep ? [] : ['setpriv', '--pdeathsig', 'KILL'];
  const enter = [...tie, 'unshare', ...namespaces, '--fork', '--kill-child', '/bin/sh', init];
  const places = [root.folder, paths.share, paths.checkout, pidFileOf(paths, root.suite)];
  return [...enter, ...places, `lab-${root.suite}`, String(labUser.uid), `v${version}`];
}

/** Tells whether the process that was a machine's PID 1 still is. */
export async function isRunning(paths: LabPaths, machine: Machine): Promise<boolean> {
  const cgroups = await readFile(`/proc/${machine.pid}/cgroup`, 'utf8').catch(() => '');
  return cgroups.includes(`/${cgroupName(paths, machine.suite)}`);
}

/** Ends everything that runs in this lab's machines, and removes their cgroups. */
export async function stopMachines(paths: LabPaths): Promise<void> {
  const prefix = `${cgroupPrefix}${paths.id}-`;
  // A machine's processes all lie in its cgroups, those that have lost their parents too.
  for (let attempt = 0; attempt < 500; attempt++) {
    const processes = new Set((await Promise.all((await labCgroups(prefix)).map(processesIn))).flat());
    processes.delete(process.pid);
    for (const pid of processes) killNow(pid);
    if (processes.size === 0 && (await removeCgroups(prefix)).length === 0) break;
    await delay(10);
  }
  for (const suite of suites) await rm(pidFileOf(paths, suite), { force: true });
  const left = await labCgroups(prefix);
  if (left.length > 0) throw new Error(`lab: these cgroups could not be removed: ${left.join(', ')}`);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
