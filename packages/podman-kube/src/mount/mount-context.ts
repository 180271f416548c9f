import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MountedFile } from '@fairlead/core';
import type { BackendCall, Estate } from '@fairlead/core/backend';
import { engineId, type EngineRecord } from '../engine-record.ts';
import { failure } from '../errors.ts';
import type { PodmanCli } from '../podman-cli.ts';
import { openMountPlace, unmountAt, type MountPlace } from './mount-place.ts';
import { mountFolders, openMountRecords, type MountRecord, type MountRecords } from './mount-record.ts';

/** What mounts of one podman need: where they are made, and where it is kept that they are. */
export interface MountContext {
  readonly estate: Estate;
  readonly place: MountPlace;
  readonly records: MountRecords;
  readonly engineId: string;
}

/** Which podman it is. */
export interface MountingEngine {
  readonly cli: PodmanCli;
  readonly estate: Estate;
  readonly engine: EngineRecord;
}

/** A context; makes no file. */
export async function openMountContext({ cli, estate, engine }: MountingEngine): Promise<MountContext> {
  const id = engineId(engine);
  const place = await openMountPlace(cli, engine);
  return { estate, place, records: openMountRecords(estate, id), engineId: id };
}

/** What is mounted, for whom. */
export interface NewMount {
  readonly id: string;
  /** The container's name; empty for a trial. */
  readonly container: string;
  readonly path: string;
  readonly offset: number;
}

/** Writes the record and makes the folder, so that whatever happens next can be found. */
export async function prepareMount(
  { estate, records, engineId: engine }: MountContext,
  { id, container, path, offset }: NewMount,
): Promise<{ readonly record: MountRecord; readonly mountPoint: string }> {
  const { ownerLabel: owner, session } = estate;
  const record = { v: 1, id, engineId: engine, owner, proof: session.proof, container, path, offset } as const;
  await records.write(record);
  const [, root] = mountFolders(id);
  return { record, mountPoint: await estate.state.folder(...root) };
}

/**
 * Takes a mount down with all that belongs to it; resolves if it is gone. The record goes last.
 * @returns whether it stood and nothing held it
 */
export async function removeMount(
  { estate, place, records }: MountContext,
  id: string,
  call: BackendCall,
): Promise<boolean> {
  const [folder, root] = mountFolders(id);
  await estate.state.requirePrivate();
  const clean = await unmountAt(place, join(estate.state.path, ...root), call);
  await estate.state.removeFolder(...folder);
  await records.remove(id);
  return clean;
}

/** What was looked at must be what is mounted: a file that was replaced in between is not run. @throws FairleadError `CORRUPT_IMAGE` */
export async function requireUnchanged({ path, ...seen }: MountedFile): Promise<void> {
  const now = await stat(path, { bigint: true }).catch(() => undefined);
  const same =
    now?.dev === seen.device &&
    now.ino === seen.inode &&
    now.size === seen.size &&
    now.mtimeNs === seen.modifiedNs &&
    now.ctimeNs === seen.changedNs;
  if (same) return;
  throw failure({
    code: 'CORRUPT_IMAGE',
    operation: 'mount',
    message: `${JSON.stringify(path)} was changed while it was mounted`,
    hint: 'Run it again.',
    details: { path, changed: true },
  });
}
