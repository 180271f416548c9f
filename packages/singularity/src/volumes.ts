import { mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import type { BackendVolume, BackendVolumes, StateFolder } from '@fairlead/core/backend';
import type { BackendContext } from './context.ts';
import { backendName, isSystemError, toStorageError, volumeNotFound } from './errors.ts';
import { forceDelete, tryForceDelete } from './force-delete.ts';
import { parseVolumeRecord } from './records.ts';
import { readVolumeFile } from './volume-file.ts';

/** The folder of a volume's files: what containers see. */
export function volumeFolder({ store }: BackendContext, name: string): string {
  return join(store.path, 'volumes', name, 'data');
}

/** Whether this volume is there. */
export async function volumeExists(context: BackendContext, name: string): Promise<boolean> {
  await context.store.requirePrivate();
  const found = await stat(volumeFolder(context, name)).catch(() => undefined);
  return found?.isDirectory() === true;
}

/** Volumes as folders below the state folder: published by a rename, as containers are. */
export function openVolumes(context: BackendContext, state: StateFolder): BackendVolumes {
  const base = join(context.store.path, 'volumes');
  const inspect = async (name: string): Promise<BackendVolume | undefined> => {
    if (!isName(name)) return undefined;
    await state.requirePrivate();
    const record = parseVolumeRecord(await readFile(join(base, name, 'record'), 'utf8').catch(() => ''));
    return record === undefined ? undefined : { name: record.name, labels: record.labels };
  };
  return {
    inspect,
    async create(volume) {
      await state.folder('singularity', 'volumes');
      await publish(base, volume);
    },
    async list(labels) {
      const names = await readdir(base).catch(() => []);
      const all = (await Promise.all(names.map(inspect))).filter((volume) => volume !== undefined);
      const wanted = Object.entries(labels);
      return all.filter((volume) => wanted.every(([key, value]) => volume.labels[key] === value));
    },
    async remove(name) {
      if (isName(name)) await removeVolume(context, base, name);
    },
    async readFile(name, path, { maxBytes }) {
      if (!(await volumeExists(context, name))) throw volumeNotFound(name, 'readFile');
      return readVolumeFile(volumeFolder(context, name), path, maxBytes);
    },
  };
}

/** Takes away volumes that dead processes left half-made or half-removed; tells what. */
export async function sweepVolumes({ store }: BackendContext, now: number = Date.now()): Promise<readonly string[]> {
  await store.requirePrivate();
  const base = join(store.path, 'volumes');
  const swept: string[] = [];
  for (const name of await readdir(base).catch(() => [])) {
    if (!/^\.(new|gone)-[0-9a-f]+$/.test(name)) continue;
    const made = await stat(join(base, name)).catch(() => undefined);
    // To make one takes milliseconds, to remove a large one may take long: both leave its age alone.
    if (made === undefined || now - made.ctimeMs < 60_000) continue;
    if (await tryForceDelete(join(base, name))) swept.push(join(base, name));
  }
  return swept;
}

async function publish(base: string, volume: BackendVolume): Promise<void> {
  const folder = join(base, `.new-${randomBytes(8).toString('hex')}`);
  try {
    await mkdir(join(folder, 'data'), { recursive: true, mode: 0o755 });
    await writeFile(join(folder, 'record'), JSON.stringify({ schema: 1, ...volume }), { mode: 0o600 });
    await rename(folder, join(base, volume.name));
  } catch (error) {
    await forceDelete(folder);
    if (isSystemError(error) && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')) throw nameTaken(volume.name);
    throw toStorageError(error, 'createVolume');
  }
}

async function removeVolume(context: BackendContext, base: string, name: string): Promise<void> {
  await context.store.requirePrivate();
  await requireUnused(context, name);
  const gone = join(base, `.gone-${randomBytes(8).toString('hex')}`);
  try {
    await rename(join(base, name), gone);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return;
    throw toStorageError(error, 'volumes.remove');
  }
  try {
    // A container that came between the look and the rename has seen the volume: it keeps it.
    await requireUnused(context, name);
  } catch (error) {
    await giveBack(base, name, gone);
    throw error;
  }
  await forceDelete(gone);
}

/** Puts a volume back. Where its name was taken meanwhile, its files stay where no sweep looks, and the error tells where. */
async function giveBack(base: string, name: string, gone: string): Promise<void> {
  try {
    await rename(gone, join(base, name));
  } catch (cause) {
    const kept = join(base, `.kept-${randomBytes(8).toString('hex')}`);
    await rename(gone, kept);
    throw new FairleadError({
      code: 'CONFLICT',
      backend: backendName,
      operation: 'volumes.remove',
      message: `volume ${name} is in use, and another one got its name while it was being removed; its files are in ${kept}`,
      details: { volume: name, kept },
      cause,
    });
  }
}

async function requireUnused({ store }: BackendContext, name: string): Promise<void> {
  const users = (await store.list()).filter(({ record }) => record.volumes.includes(name));
  if (users.length === 0) return;
  const names = users.map(({ record }) => record.name);
  throw new FairleadError({
    code: 'IN_USE',
    backend: backendName,
    operation: 'volumes.remove',
    message: `volume ${name} is used by ${names.join(', ')}`,
    hint: 'Remove these containers first.',
    details: { volume: name, containers: names },
  });
}

function isName(name: string): boolean {
  return /^[a-zA-Z0-9][-_.a-zA-Z0-9]*$/.test(name);
}

function nameTaken(name: string): FairleadError {
  return new FairleadError({
    code: 'CONFLICT',
    backend: backendName,
    operation: 'createVolume',
    message: `there is a volume named ${name} already`,
    details: { volume: name },
  });
}
