import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep, type BackendCall } from '@fairlead/core/backend';
import { isAlive, signalProcess, sweepSession } from '@fairlead/subprocess/supervisor';
import { hasEnded, readStanding, type Supervisor } from './container-state.ts';
import type { BackendContext } from './context.ts';
import { otherNamespace } from './errors.ts';
import { findParts, type Parts } from './parts.ts';
import { toSignal } from './signal-name.ts';
import type { StoredContainer } from './store.ts';
import { elsewhere } from './told-state.ts';
import { watchContainer } from './watch-container.ts';

/** What a dead supervisor without a cage can leave in its session (S11). */
const sessionNames = [
  'squashfuse_ll',
  'squashfuse',
  'fuse-overlayfs',
  'fuse2fs',
  'starter',
  'appinit',
  'sinit',
  'apptainer',
];
/** How long the command of a container that has just been started is waited for (S5), in milliseconds. */
const commandMs = 2_000;
/** How long each stage of a forced end may take before the next, in milliseconds. */
const forceMs = 2_000;

/** Resolves when a started container has ended or is gone. Before its start it waits for that. */
export async function waitForEnd(context: BackendContext, stored: StoredContainer, call: BackendCall): Promise<void> {
  using watch = await watchContainer(stored);
  while (!hasEnded(await readStanding(stored, context.here)) && (await isThere(context, stored))) {
    await watch.next(call.signal);
  }
}

/** Stop signal, grace, SIGKILL; resolves when it has ended. */
export async function stopContainer(
  context: BackendContext,
  stored: StoredContainer,
  graceSeconds: number | undefined,
  call: BackendCall,
): Promise<void> {
  const parts = await markAndFind(context, stored, call);
  if (parts === 'ended') return;
  const { record } = stored;
  const signal = toSignal(record.stopSignal);
  const grace = (graceSeconds ?? record.stopGraceSeconds) * 1000;
  if (parts?.command !== undefined && grace > 0) {
    // The engine passes SIGTERM on to the command (C179); others it would take for itself.
    signalProcess(signal === 'SIGTERM' ? parts.parent : parts.command, signal);
    if (await endsWithin(context, stored, grace, call)) return;
  }
  await forceEnd(context, stored, call);
}

/** Sends a signal to the command; SIGKILL to all of it. Resolves if it does not run. */
export async function killContainer(
  context: BackendContext,
  stored: StoredContainer,
  signal: string,
  call: BackendCall,
): Promise<void> {
  const sent = toSignal(signal);
  if (sent === 'SIGKILL') return forceEnd(context, stored, call);
  // Not marked as an end that was asked for: there is a command, so the start did not fail, and it may live on.
  const parts = await findRunning(context, stored, call);
  if (parts === 'ended' || parts?.command === undefined) return;
  signalProcess(parts.command, sent);
}

/** Ends it whatever it does: PID 1 inside, so that its code is still recorded (C180), then the supervisor. */
export async function forceEnd(context: BackendContext, stored: StoredContainer, call: BackendCall): Promise<void> {
  const parts = await markAndFind(context, stored, call);
  if (parts !== 'ended' && parts !== undefined) {
    signalProcess(parts.init, 'SIGKILL');
    if (await endsWithin(context, stored, forceMs, call)) return;
  }
  const standing = await readStanding(stored, context.here);
  if (standing.phase !== 'running' || standing.supervisor === undefined) return;
  signalProcess(standing.supervisor, 'SIGKILL');
  await waitForEnd(context, stored, call);
}

/** Resolves when no process of an ended container is left: its supervisor, and without a cage what that left. */
export async function clearProcesses(
  context: BackendContext,
  stored: StoredContainer,
  call: BackendCall,
): Promise<void> {
  const standing = await readStanding(stored, context.here);
  if (!('supervisor' in standing) || standing.supervisor === undefined) return;
  const { creator, mode } = stored.record;
  const { here } = context;
  if (creator.hostId !== here.hostId || creator.bootId !== here.bootId) return;
  if (creator.pidNamespace !== here.pidNamespace) return;
  await untilDead(standing.supervisor, call);
  if (mode === 'sweep') await sweepSession({ ...standing.supervisor, names: sessionNames }, call.signal);
}

async function untilDead(supervisor: Supervisor, call: BackendCall): Promise<void> {
  // Its last words are written: what is left is its own end, or in sweep mode a second for the rest.
  for (let waited = 0; isAlive(supervisor); waited += 10) {
    if (waited > 2 * forceMs) signalProcess(supervisor, 'SIGKILL');
    await sleep(10, call.signal);
  }
}

/** Writes down that somebody asked for the end, and finds whom to signal. */
async function markAndFind(
  context: BackendContext,
  stored: StoredContainer,
  call: BackendCall,
): Promise<Parts | 'ended' | undefined> {
  const onRunning = (): Promise<void> =>
    writeFile(join(stored.folder, 'stop'), `v1 ${new Date().toISOString()} ${process.pid}\n`, { flag: 'wx' }).catch(
      () => {},
    );
  return findRunning(context, stored, { ...call, onRunning });
}

/** Finds whom to signal, once there is a command (S5). */
async function findRunning(
  context: BackendContext,
  { record, folder }: StoredContainer,
  { signal, onRunning }: BackendCall & { readonly onRunning?: () => Promise<void> },
): Promise<Parts | 'ended' | undefined> {
  for (let waited = 0; ; waited += 20) {
    const standing = await readStanding({ record, folder }, context.here);
    // Nothing of another host's can be signalled, and it may well run.
    if (standing.phase === 'elsewhere') throw elsewhere({ record, folder });
    if (standing.phase !== 'running') return 'ended';
    if (waited === 0) {
      if (record.creator.pidNamespace !== context.here.pidNamespace) throw otherNamespace(record.name);
      await onRunning?.();
    }
    const parts = standing.supervisor === undefined ? undefined : findParts(standing.supervisor, record.mode);
    if (parts?.command !== undefined || waited >= commandMs) return parts;
    await sleep(20, signal);
  }
}

async function endsWithin(
  context: BackendContext,
  stored: StoredContainer,
  milliseconds: number,
  call: BackendCall,
): Promise<boolean> {
  const clock = AbortSignal.timeout(milliseconds);
  try {
    await waitForEnd(context, stored, { signal: AbortSignal.any([call.signal, clock]) });
    return true;
  } catch (error) {
    call.signal.throwIfAborted();
    if (clock.aborted) return false;
    throw error;
  }
}

async function isThere({ store }: BackendContext, { record }: StoredContainer): Promise<boolean> {
  return (await store.find(record.id)) !== undefined;
}
