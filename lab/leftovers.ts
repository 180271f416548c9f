import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { command } from './command.ts';
import type { Endpoint } from './endpoints.ts';
import { cgroupPrefix, labCgroups, processesIn } from './machine/cgroups.ts';
import { cgroupName } from './machine/enter.ts';
import type { OwnLab } from './open-lab.ts';
import type { LabPaths } from './paths.ts';
import { suites, type Suite } from './root/suites.ts';

/** One line for each thing that the engines' own tools and the kernel know of, such as `docker: volume x`. */
export type Snapshot = readonly string[];

/** Asks every engine's own command, and the kernel, what there is: to be taken before a suite and after it. */
export async function takeSnapshot(lab: OwnLab): Promise<Snapshot> {
  const stores = [...new Map(lab.endpoints.map((endpoint) => [endpoint.store, endpoint])).values()];
  const engines = await Promise.all(stores.map(engineThings));
  const machines = await Promise.all(suites.map((suite) => machineThings(lab.paths, suite)));
  const files = await Promise.all(lab.endpoints.map((endpoint) => targetFiles(endpoint)));
  return [...engines, ...machines, ...files].flat();
}

/**
 * Returns what there is now and was not before, after waiting for engines that are still at it.
 * Expected to be empty: pause processes, images and the engines' own mounts are not told.
 */
export async function findLeftovers(lab: OwnLab, before: Snapshot, waitSeconds = 10): Promise<Snapshot> {
  const known = new Set(before);
  for (const deadline = Date.now() + waitSeconds * 1000; ; await delay(500)) {
    const left = (await takeSnapshot(lab)).filter((line) => !known.has(line));
    if (left.length === 0 || Date.now() > deadline) return left;
  }
}

/** Returns what a lab that has been stopped has left on the host: cgroups, processes and mounts. Expected to be empty. */
export async function findHostLeftovers(paths: LabPaths): Promise<Snapshot> {
  const cgroups = await labCgroups(`${cgroupPrefix}${paths.id}-`);
  const processes = (await Promise.all(cgroups.map(processesIn))).flat();
  const mounts = mountPointsIn(await readFile('/proc/self/mountinfo', 'utf8')).filter((each) =>
    each.startsWith(`${paths.folder}/`),
  );
  return [
    ...cgroups.map((each) => `host: cgroup ${each}`),
    ...processes.map((each) => `host: process ${each}`),
    ...mounts.map((each) => `host: mount ${each}`),
  ];
}

const looks: Readonly<Record<Endpoint['engine'], Readonly<Record<string, readonly string[]>>>> = {
  docker: {
    container: ['ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}}'],
    volume: ['volume', 'ls', '--format', '{{.Name}}'],
    network: ['network', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Name}}'],
  },
  podman: {
    container: ['ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}}'],
    pod: ['pod', 'ps', '--no-trunc', '--format', '{{.Id}} {{.Name}}'],
    volume: ['volume', 'ls', '--format', '{{.Name}}'],
    network: ['network', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Name}}'],
    secret: ['secret', 'ls', '--format', '{{.ID}} {{.Name}}'],
  },
  apptainer: { instance: ['instance', 'list', '--all'] },
};

async function engineThings(endpoint: Endpoint): Promise<Snapshot> {
  const told = Object.entries(looks[endpoint.engine]).map(async ([kind, argv]) => {
    const output = await command([...endpoint.enter, ...endpoint.cli, ...argv]);
    return linesOf(output).map((line) => `${endpoint.store}: ${kind} ${line}`);
  });
  return (await Promise.all(told)).flat();
}

async function machineThings(paths: LabPaths, suite: Suite): Promise<Snapshot> {
  const folders = await labCgroups(cgroupName(paths, suite));
  const pids = [...new Set((await Promise.all(folders.map(processesIn))).flat())];
  const told = await Promise.all(pids.map((pid) => processThings(suite, pid)));
  return [...new Set(told.flat())];
}

async function processThings(suite: Suite, pid: number): Promise<Snapshot> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const cmdline = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const argv = cmdline.split('\0').join(' ').trim();
  if (status === '' || /^State:\s+Z/m.test(status)) return [];
  const mountinfo = keepsMounts(argv) ? await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '') : '';
  const mounts = mountPointsIn(mountinfo).filter((each) => !isEnginesOwn(each));
  return [
    ...(isPause(argv) || isEndedExec(argv) ? [] : [`${suite}: process ${pid} ${argv}`]),
    ...mounts.map((each) => `${suite}: mount ${each}`),
  ];
}

/** Rootless podman keeps the namespaces of its first call with such a process, for as long as the machine runs. */
function isPause(argv: string): boolean {
  return argv.endsWith('catatonit -P');
}

/** Podman's service keeps what watched an exec for 300 s after its end, so that its code can be read (C68). */
function isEndedExec(argv: string): boolean {
  return (
    /\/conmon .* --exec-attach .* --exit-delay 300$/.test(argv) || /\/conmon .* --exec .* --exit-delay 300$/.test(argv)
  );
}

/** The machine's PID 1 and the engines see the mounts that may be left; what a container sees goes with it. */
function keepsMounts(argv: string): boolean {
  return /^\S*(?:catatonit|podman|dockerd|containerd) /.test(argv);
}

/**
 * Mounts that an engine makes once, at its first container, and keeps: the folder in which a user's podman pins
 * network namespaces among them. A namespace that is left in such a folder is a mount of its own, and is told.
 */
export function isEnginesOwn(mountPoint: string): boolean {
  return /\/containers\/storage\/overlay$|^\/run\/(?:user\/\d+\/)?netns$|^\/run\/docker\/netns\/default$/.test(
    mountPoint,
  );
}

/** Digests of image files and of what they became are remembered on purpose, as their images are kept; there are never many. */
function isRemembered(name: string): boolean {
  return /^(?:digest-[0-9a-f]+-[0-9a-f]+|config-[0-9a-f]{64})\.json$/.test(name);
}

async function targetFiles(endpoint: Endpoint): Promise<Snapshot> {
  const folders = ['FAIRLEAD_WORK_DIR', 'TMPDIR', 'XDG_STATE_HOME'].map((name) => endpoint.env[name] ?? '');
  const told = folders.map(async (folder) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter(({ name }) => !isRemembered(name))
      .map((entry) => ({ path: join(entry.parentPath, entry.name), folder: entry.isDirectory() }))
      .filter(({ path, folder: isFolder }) => !isFolder || isOneThingsFolder(path))
      .filter(({ path }) => !isUnpublished(path))
      .map(({ path, folder: isFolder }) => `${endpoint.name}: ${isFolder ? 'folder' : 'file'} ${path}`);
  });
  return (await Promise.all(told)).flat();
}

/** What a killed process had written aside: the first reap a minute later takes it, so that none takes a living one's. */
function isUnpublished(path: string): boolean {
  return /\/containers\/\.new-[0-9a-f]+(?:\/|$)/.test(path);
}

/**
 * Whether a folder is that of one container, volume or call: scratch, or named by an id. Others are made once and kept:
 * the state folder's own parts, and the folder of this host in it, which has an id too.
 */
export function isOneThingsFolder(path: string): boolean {
  const [name = '', parent] = path.split('/').toReversed();
  return /^fairlead-.|^\.(?:new|gone)-|[0-9a-f]{24}/.test(name) && parent !== 'fairlead';
}

/** The mount points that the text of a `/proc/PID/mountinfo` names. */
export function mountPointsIn(mountinfo: string): readonly string[] {
  return linesOf(mountinfo).flatMap((line) => line.split(' ')[4] ?? []);
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
