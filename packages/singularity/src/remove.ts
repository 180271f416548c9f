import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep, type BackendCall } from '@fairlead/core/backend';
import { removalClaim } from '@fairlead/subprocess/supervisor';
import { readStanding } from './container-state.ts';
import type { BackendContext } from './context.ts';
import { clearProcesses, forceEnd } from './ending.ts';
import { isSystemError, toStorageError } from './errors.ts';
import type { StoredContainer } from './store.ts';
import { elsewhere } from './told-state.ts';

/** Kills and removes with everything that belongs to it; resolves when it is gone, also if it was. */
export async function removeContainer(
  context: BackendContext,
  stored: StoredContainer,
  call: BackendCall,
): Promise<void> {
  try {
    await endForRemoval(context, stored, call);
    if (await context.store.holds(stored)) await clearProcesses(context, stored, call);
    await context.store.discard(stored);
  } catch (error) {
    throw toStorageError(error, 'remove');
  }
}

async function endForRemoval(context: BackendContext, stored: StoredContainer, call: BackendCall): Promise<void> {
  for (;;) {
    // Another removal was faster, and the name may be another container's by now.
    if (!(await context.store.holds(stored))) return;
    const { phase } = await readStanding(stored, context.here);
    if (phase === 'elsewhere') throw elsewhere(stored);
    if (phase === 'created' && !(await claim(stored))) continue; // a start was faster
    if (phase !== 'running') return;
    await forceEnd(context, stored, call);
    await sleep(10, call.signal);
  }
}

/** Takes the supervisor's place, so that no start can come any more. */
async function claim({ folder }: StoredContainer): Promise<boolean> {
  try {
    await writeFile(join(folder, 'sup'), removalClaim, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    if (isSystemError(error) && error.code === 'ENOENT') return true; // another removal was faster
    throw error;
  }
}
