import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** All cgroups of all labs begin like this. */
export const cgroupPrefix = 'fairlead-lab-';

/** Makes the cgroup `name` in every hierarchy of the host and returns the folders that a process joins. */
export async function makeCgroups(name: string): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const { mountPoint } of await hierarchies()) {
    const folder = join(mountPoint, name);
    await mkdir(folder, { recursive: true });
    // A process cannot join a cpuset that has no processors yet.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const inherited = await readFile(join(mountPoint, file), 'utf8').catch(() => '');
      if (inherited.trim()) await writeFile(join(folder, file), inherited.trim());
    }
    folders.push(folder);
  }
  return folders;
}

/**
 * Lets the engines in `folders` give limits to their containers, and returns the folders that processes join from
 * now on. Where cgroup v2 is all there is, only a cgroup without processes may hand controllers down: those that
 * are in it move into a leaf.
 */
export async function delegate(folders: readonly string[]): Promise<readonly string[]> {
  const [folder] = folders;
  if (folder === undefined || (await cgroupVersion()) === 1) return folders;
  const leaf = join(folder, 'init');
  await mkdir(leaf);
  for (const pid of await processesIn(folder)) await writeFile(join(leaf, 'cgroup.procs'), String(pid));
  const controllers = await readFile(join(folder, 'cgroup.controllers'), 'utf8');
  for (const controller of controllers.split(/\s+/).filter(Boolean))
    await writeFile(join(folder, 'cgroup.subtree_control'), `+${controller}`);
  return [leaf];
}

/** Returns 2 where the host has cgroup v2 and nothing else. */
export async function cgroupVersion(): Promise<1 | 2> {
  const found = await hierarchies();
  return found.every(({ version }) => version === 2) ? 2 : 1;
}

/** Removes the cgroups whose names begin with `prefix`, deepest first, and returns those that still have processes. */
export async function removeCgroups(prefix: string): Promise<readonly string[]> {
  const busy: string[] = [];
  for (const folder of await labCgroups(prefix)) if (!(await removeTree(folder))) busy.push(folder);
  return busy;
}

/** Removes the cgroups of labs that have been dead for ten minutes, whichever folder they had. */
export async function removeAbandonedCgroups(): Promise<void> {
  const longAgo = Date.now() - 600_000;
  for (const folder of await labCgroups()) {
    const made = await stat(folder).catch(() => undefined);
    const empty = (await processesIn(folder)).length === 0;
    if (made && made.mtimeMs < longAgo && empty) await removeTree(folder);
  }
}

/** Lists the topmost cgroup folders whose names begin with `prefix`. */
export async function labCgroups(prefix: string = cgroupPrefix): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { mountPoint } of await hierarchies()) {
    const names = await readdir(mountPoint);
    found.push(...names.filter((name) => name.startsWith(prefix)).map((name) => join(mountPoint, name)));
  }
  return found;
}

/** Lists the processes in a cgroup and those below it. */
export async function processesIn(folder: string): Promise<readonly number[]> {
  const own = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  const below = await Promise.all((await children(folder)).map((child) => processesIn(child)));
  return [...own.split('\n').filter(Boolean).map(Number), ...below.flat()];
}

async function removeTree(folder: string): Promise<boolean> {
  for (const child of await children(folder)) await removeTree(child);
  await rmdir(folder).catch(() => undefined);
  return !(await stat(folder).catch(() => undefined));
}

async function children(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

export interface Hierarchy {
  readonly mountPoint: string;
  readonly version: 1 | 2;
}

/** Returns the cgroup hierarchies that the text of `/proc/self/mountinfo` tells of. */
export function hierarchiesIn(mountinfo: string): readonly Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const mountPoint = before?.split(' ')[4];
    const [type, , options] = after?.split(' ') ?? [];
    if (mountPoint === undefined || (type !== 'cgroup' && type !== 'cgroup2')) continue;
    found.set(`${type} ${options ?? ''}`, { mountPoint, version: type === 'cgroup' ? 1 : 2 });
  }
  return [...found.values()];
}

async function hierarchies(): Promise<readonly Hierarchy[]> {
  return hierarchiesIn(await readFile('/proc/self/mountinfo', 'utf8'));
}
