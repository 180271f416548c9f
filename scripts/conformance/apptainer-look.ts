import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Look } from '@fairlead/conformance';
import type { Place } from './place.ts';

interface Kept {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly scratch: string;
}

/**
 * Apptainer keeps nothing of a container: what there is are processes, which the kernel tells, and the files in the
 * state folder. A container runs if a process has its scratch folder or its own one in its arguments.
 */
export function apptainerLook({ cli, stateFolder }: Place): Look {
  const states = stateFolder ?? join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'fairlead');
  return {
    async containers() {
      const [kept, commands] = await Promise.all([readAll(states, 'containers'), commandLines()]);
      return kept.map(({ id, name, labels, scratch }) => ({
        id,
        name,
        labels,
        running: commands.some((command) => command.includes(scratch) || command.includes(`/containers/${name}/`)),
      }));
    },
    async volumes() {
      return (await readAll(states, 'volumes')).map(({ name, labels }) => ({ name, labels }));
    },
    async version() {
      const [program = '', ...rest] = cli;
      const { stdout } = await promisify(execFile)(program, [...rest, '--version']);
      return stdout.trim().split(' ').at(-1) ?? '';
    },
  };
}

/** The records below every `KIND` folder. */
async function readAll(folder: string, kind: string): Promise<readonly Kept[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const records = entries.filter((entry) => new RegExp(`(^|/)${kind}/[^/]+/record$`).test(entry));
  const texts = await Promise.all(records.map((entry) => readFile(join(folder, entry), 'utf8').catch(() => '')));
  // The backend writes these files; one that is going away meanwhile is empty.
  return texts.filter((text) => text !== '').map((text) => JSON.parse(text) as Kept);
}

async function commandLines(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}
