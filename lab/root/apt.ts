import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { command } from '../command.ts';

/** An apt whose every state lies in a folder of ours. Needs no root and changes nothing of the host's. */
export interface Apt {
  /** Fetches the indexes of its sources; their signatures are checked. */
  update(): Promise<void>;
  /** Fetches packages and what they depend on, checked against the index; returns their .deb files. */
  download(packages: readonly string[]): Promise<readonly string[]>;
}

export interface AptOptions {
  readonly folder: string;
  /** The text of a sources.list; default: the sources that the host itself uses. */
  readonly sources?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Makes an apt of our own in a folder. */
export async function openApt({ folder, sources, signal }: AptOptions): Promise<Apt> {
  const config = join(folder, 'apt.conf');
  const archives = join(folder, 'cache/archives');
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  const dump = await command(['apt-config', 'dump']);
  // What it takes over of the host's may be a proxy's password.
  const text = aptConfig(folder, dump) + (sources === undefined ? '' : ownSources(folder));
  await writeFile(config, text, { mode: 0o600 });
  if (sources !== undefined) await writeFile(join(folder, 'sources.list'), sources);
  const env = { ...definedEnvironment(), APT_CONFIG: config, LC_ALL: 'C' };
  const run = (...argv: readonly string[]) => command(['apt-get', '-qq', ...argv], { env, tied: true, signal });
  return {
    async update() {
      await run('update');
    },
    async download(packages) {
      await run('install', '--yes', '--download-only', ...packages);
      const names = await readdir(archives);
      return names.filter((name) => name.endsWith('.deb')).map((name) => join(archives, name));
    },
  };
}

/**
 * The configuration of an apt that leaves the host alone: of the host's own, only how to fetch (proxies,
 * certificates) stays. Its hooks must not run: they may clean the host's cache.
 */
export function aptConfig(folder: string, hostDump: string): string {
  const fetching = hostDump.split('\n').filter((line) => line.startsWith('Acquire::'));
  return `${fetching.join('\n')}
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "${folder}";
Dir::State::Lists "${folder}/lists";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
Dir::Log "${folder}";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
`;
}

function ownSources(folder: string): string {
  return `Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
`;
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
