import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { systemPath } from '../describe-targets.ts';
import type { Endpoint } from '../endpoints.ts';
import type { LabPaths } from '../paths.ts';
import { cgroupPrefix } from './cgroups.ts';
import { quote } from '../quote.ts';
import type { Suite } from '../root/suites.ts';

/** A machine that runs. */
export interface Machine {
  readonly suite: Suite;
  /** Of its PID 1, as the host counts. */
  readonly pid: number;
  /** What a process joins to be in the machine's cgroups. */
  readonly cgroups: readonly string[];
}

/** Writes the command `enter`, by which processes get into the machines; see `enterText`. */
export async function writeEnter(
  paths: LabPaths,
  machines: readonly Machine[],
  endpoints: readonly Endpoint[],
): Promise<void> {
  await mkdir(dirname(paths.enter), { recursive: true });
  const rest = await readFile(join(import.meta.dirname, 'enter.sh'), 'utf8');
  await writeFile(`${paths.enter}.new`, enterText(paths, machines, endpoints) + rest);
  await chmod(`${paths.enter}.new`, 0o755);
  await rename(`${paths.enter}.new`, paths.enter);
}

/**
 * The first half of `enter TARGET COMMAND…`, which runs a command in the target's machine, as the target's user and with its
 * environment; `enter @SUITE COMMAND…` as root with every engine on PATH. Of the caller's environment only what
 * steers tests and Node passes, and the names listed in FAIRLEAD_LAB_PASS. The exit code is the command's; when
 * `enter` is killed the command gets SIGTERM. Takes 15 ms.
 */
export function enterText(paths: LabPaths, machines: readonly Machine[], endpoints: readonly Endpoint[]): string {
  const cases = machines.flatMap((machine) => [
    branch(paths, machine, { name: `@${machine.suite}`, uid: 0, env: rootEnvironment }),
    ...endpoints
      .filter((endpoint) => endpoint.suite === machine.suite)
      .map((endpoint) => branch(paths, machine, endpoint)),
  ]);
  return `#!/bin/sh
# Written by the lab at its start.
checkout=${quote(paths.checkout)}
share=${quote(paths.share)}
choose() {
  case $1 in
${cases.join('\n')}
    *) return 1 ;;
  esac
}
`;
}

const rootEnvironment = { PATH: systemPath, HOME: '/home/root', USER: 'root', LANG: 'C.UTF-8' };

type Entrant = Pick<Endpoint, 'name' | 'uid' | 'env'>;

function branch(paths: LabPaths, machine: Machine, { name, uid, env }: Entrant): string {
  const groups = uid === 0 ? '--clear-groups' : '--init-groups';
  const settings = Object.entries(env).map(([key, value]) => quote(`${key}=${value}`));
  return `    ${name})
      pid=${machine.pid}
      name=${cgroupName(paths, machine.suite)}
      cgroups=${quote(machine.cgroups.join(' '))}
      identity=${quote(`--reuid ${uid} --regid ${uid} ${groups}`)}
      settings=${quote(settings.join(' '))}
      ;;`;
}

/** The argv that runs a command as root in a machine with every engine on PATH. */
export function enterMachine(
  paths: LabPaths,
  suite: Suite,
  ...argv: readonly string[]
): readonly [string, ...string[]] {
  return [paths.enter, `@${suite}`, ...argv];
}

/** The name of a machine's cgroup in every hierarchy. */
export function cgroupName(paths: LabPaths, suite: Suite): string {
  return `${cgroupPrefix}${paths.id}-${suite}`;
}

/** Where a machine's init writes its pid. */
export function pidFileOf(paths: LabPaths, suite: Suite): string {
  return join(paths.run, `${suite}.pid`);
}
