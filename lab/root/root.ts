import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { command } from '../command.ts';
import { openDebian } from './debian.ts';
import type { LabPaths } from '../paths.ts';
import { step } from '../steps.ts';
import { packagesOf, type Suite } from './suites.ts';
import { labUser } from '../machine/user.ts';

const scripts = {
  unpack: join(import.meta.dirname, 'unpack.sh'),
  configure: join(import.meta.dirname, 'configure.sh'),
};

/** A Debian root with engines in it. */
export interface Root {
  readonly suite: Suite;
  readonly folder: string;
  /** Engine → version, e.g. `docker` → `28.5.2`. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Returns the root of a suite, made from Debian's packages if the cache has none for this list of packages.
 *
 * The packages are unpacked, not installed: none of their scripts runs, so nothing is started and no step takes
 * longer than the unpacking. The few things that those scripts would have done for us are in `configure.sh`.
 */
export async function ensureRoot(paths: LabPaths, suite: Suite, signal?: AbortSignal): Promise<Root> {
  const folder = await rootFolder(paths, suite);
  const versions = join(folder, 'etc/fairlead-lab/versions.json');
  const known = await readFile(versions, 'utf8').catch(() => undefined);
  // versions.json is written by this file alone, as an object of strings.
  if (known) return { suite, folder, versions: JSON.parse(known) as Record<string, string> };
  await mkdir(paths.roots, { recursive: true, mode: 0o700 });
  await removeStale(paths, suite);
  const debian = join(paths.folder, 'debian', suite);
  const index = await step(`${suite}: index of packages`, () => openDebian(suite, debian, signal));
  const files = await step(`${suite}: packages downloaded`, () => index.download(packagesOf(suite)));
  // A name of its own: an unpacking that was killed may still be at its last package.
  const unfinished = `${folder}.new-${process.pid}`;
  await step(`${suite}: ${files.length} packages unpacked`, () => unpack(files, unfinished, signal));
  await writeFile(join(unfinished, 'etc/fairlead-lab/versions.json'), JSON.stringify(versionsOf(files)));
  await rename(unfinished, folder);
  await rm(debian, { recursive: true, force: true });
  return await ensureRoot(paths, suite, signal);
}

/** Returns where a suite's root lies. Another list of packages or another configuration is another root. */
export async function rootFolder(paths: LabPaths, suite: Suite): Promise<string> {
  const texts = await Promise.all(Object.values(scripts).map((file) => readFile(file, 'utf8')));
  const content = JSON.stringify([packagesOf(suite), labUser, ...texts]);
  const key = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return join(paths.roots, `${suite}-${key}`);
}

async function removeStale(paths: LabPaths, suite: Suite): Promise<void> {
  const names = await readdir(paths.roots);
  for (const name of names.filter((each) => each.startsWith(`${suite}-`)))
    await rm(join(paths.roots, name), { recursive: true, force: true, maxRetries: 10 });
}

async function unpack(files: readonly string[], folder: string, signal?: AbortSignal): Promise<void> {
  await mkdir(folder, { recursive: true });
  const options = { tied: true, signal };
  await command(['/bin/sh', scripts.unpack, folder, ...files], options);
  await command(['/bin/sh', scripts.configure, folder, String(labUser.uid), labUser.name], options);
}

/** Reads the engines' versions from the names of their packages. */
export function versionsOf(files: readonly string[]): Record<string, string> {
  const packages = { 'docker.io': 'docker', podman: 'podman', apptainer: 'apptainer' };
  const versions: Record<string, string> = {};
  for (const [name, engine] of Object.entries(packages)) {
    const file = files.map((each) => basename(each)).find((each) => each.startsWith(`${name}_`));
    const version = file && /_(?:\d+%3a)?(\d+\.\d+\.\d+)/.exec(file)?.[1];
    if (version) versions[engine] = version;
  }
  return versions;
}
