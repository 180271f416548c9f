import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError, native, unsupported, type Support } from '@fairlead/core';
import { inOwnTime, type BackendCall, type ProbeCall } from '@fairlead/core/backend';
import {
  openMountContext,
  prepareMount,
  removeMount,
  type MountContext,
  type MountingEngine,
} from './mount-context.ts';
import { mountAt } from './mount-place.ts';
import { findServer } from './mount-tools.ts';

/** Longest time in milliseconds that the trial may take, and again that taking it down may. */
const trialMs = 5_000;

/**
 * Whether an image can be mounted where this podman sees it. Where the caller would mount some, one without a file is
 * mounted and taken down again, as every image is. Rejects only when cancelled.
 */
export async function canMount(engine: MountingEngine, call: ProbeCall): Promise<Support> {
  const server = await findServer(engine.cli, engine.engine);
  if ('why' in server) return server.why;
  const { path } = engine.estate.state;
  // An overlay takes these for the end of its folder's name.
  if (/[:,\\]/.test(path))
    return unsupported(`the state folder ${JSON.stringify(path)} has a character in its path that no overlay takes`);
  return call.mounts ? tryMounting(engine, server.path, call) : native;
}

async function tryMounting(engine: MountingEngine, server: string, call: BackendCall): Promise<Support> {
  const context = await openMountContext(engine);
  try {
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(trialMs)]);
    return (await tryOnce(context, server, { signal }))
      ? native
      : unsupported('what was mounted for a trial was not there afterwards', 'Look at the mounts of this user.');
  } catch (error) {
    call.signal.throwIfAborted();
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    const hint = FairleadError.is(error) ? error.hint : undefined;
    return unsupported(`a trial to mount an image failed: ${reason}`, hint);
  }
}

async function tryOnce(context: MountContext, server: string, call: BackendCall): Promise<boolean> {
  const id = randomBytes(16).toString('hex');
  const path = join(context.estate.state.path, 'mounts', id, 'image');
  try {
    const { mountPoint } = await prepareMount(context, { id, container: '', path, offset: 0 });
    await writeFile(path, emptySquashfs, { mode: 0o600 });
    await mountAt(context.place, { server, path, offset: 0, mountPoint }, call);
  } catch (error) {
    await inOwnTime(trialMs, (own) => removeMount(context, id, own));
    throw error;
  }
  return inOwnTime(trialMs, (own) => removeMount(context, id, own));
}

/** A squashfs 4.0 that holds its root folder and nothing else, 148 bytes: superblock, one inode, owners. */
const emptySquashfs = Buffer.from(
  'aHNxcwEAAAAAEF5fABAAAAAAAAABAAwAAAACAAQAAAAAAAAAAAAAAJQAAAAAAAAAjAAAAAAAAAD//////////2AAAAAAAAAAggAAAAAAAAD/////' +
    '////////////////IIABAO0BAAAAAAAQXl8BAAAAAAAAAAIAAAADAAAAAQAAAAiAAAAAAOgDAACCAAAAAAAAAA==',
  'base64',
);
