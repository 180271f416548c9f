import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { command } from '../command.ts';
import { openDebian } from '../root/debian.ts';
import { step } from '../steps.ts';
import { busyboxFromIndex } from './busybox-from-index.ts';
import { busyboxFromRegistry } from './busybox-from-registry.ts';

/** Puts a static busybox for this machine's processor into `file`, or rejects with why it cannot. */
export type BusyboxSource = (file: string) => Promise<void>;

/**
 * Returns the file of a static busybox in `folder`, fetched if it is not there yet. Needs no root. The sources, in
 * this order: Debian through apt, Debian's mirror where there is no apt, the official image where there is no Debian.
 *
 * @throws an AggregateError of every source's reason
 */
export async function ensureBusybox(
  folder: string,
  sources: readonly BusyboxSource[] = defaultSources(folder),
): Promise<string> {
  const file = join(folder, 'busybox');
  if (await stat(file).catch(() => undefined)) return file;
  await mkdir(folder, { recursive: true });
  // A name of its own: there is no lock here, and two commands may want it at once.
  const draft = `${file}.new-${process.pid}`;
  const errors: unknown[] = [];
  for (const source of sources) {
    try {
      await step('busybox fetched', () => source(draft));
      await chmod(draft, 0o755);
      await rename(draft, file);
      return file;
    } catch (error) {
      errors.push(error);
    }
  }
  const reasons = errors.map((error) => `- ${error instanceof Error ? error.message : String(error)}`).join('\n');
  throw new AggregateError(
    errors,
    `lab: busybox can be had nowhere, and without it there are no test images:\n${reasons}`,
  );
}

function defaultSources(folder: string): readonly BusyboxSource[] {
  return [(file) => busyboxFromApt(join(folder, `apt-${process.pid}`), file), busyboxFromIndex, busyboxFromRegistry];
}

async function busyboxFromApt(folder: string, file: string): Promise<void> {
  try {
    const debian = await openDebian('bookworm', folder);
    const archives = await debian.download(['busybox-static']);
    const archive = archives.find((each) => each.includes('/busybox-static_'));
    if (!archive) throw new Error('lab: apt has fetched no busybox-static');
    await mkdir(join(folder, 'files'), { recursive: true });
    await command(['dpkg-deb', '--extract', archive, join(folder, 'files')]);
    await rename(join(folder, 'files/bin/busybox'), file);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(file), { recursive: true });
  }
}
