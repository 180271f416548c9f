import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import { sleep, type BackendCall } from '@fairlead/core/backend';
import { spawnSupervisor, type SpawnedSupervisor } from '@fairlead/subprocess/supervisor';
import { hasEnded, readSmallFile, readStanding } from './container-state.ts';
import type { BackendContext } from './context.ts';
import { witness } from './environment.ts';
import { backendName, explainFatal } from './errors.ts';
import { findParts } from './parts.ts';
import { parseLaunchRecord } from './records.ts';
import type { StoredContainer } from './store.ts';
import { elsewhere, startFailure } from './told-state.ts';
import { watchContainer } from './watch-container.ts';

/** Between the witness and the command lie a few milliseconds, which no change of a file ends. */
const closeLookMs = 4;

/**
 * Starts a created container and resolves when its command runs, or has run.
 * @throws FairleadError `START_FAILED` and what else `explainFatal` knows
 */
export async function startContainer(
  context: BackendContext,
  stored: StoredContainer,
  call: BackendCall,
): Promise<void> {
  const { phase } = await readStanding(stored, context.here);
  if (phase === 'running') return;
  if (phase === 'elsewhere') throw elsewhere(stored);
  if (phase !== 'created') throw startFailed(stored, `it cannot be started: it is ${phase}`, 'Create another one.');
  const launch = parseLaunchRecord(await readFile(join(stored.folder, 'launch'), 'utf8').catch(() => ''));
  if (launch === undefined) throw startFailed(stored, 'its launch record is gone or damaged', 'Create it again.');
  call.signal.throwIfAborted();
  using watch = await watchContainer(stored);
  const spawned = await spawnSupervisor(launch.argv, {
    env: launch.env,
    errorFile: join(stored.folder, 'sup.err'),
  }).catch((error: unknown) => {
    throw startFailed(stored, `the supervisor cannot be started: ${String(error)}`, undefined, error);
  });
  for (;;) {
    const progress = await lookAtStart(context, stored, spawned);
    if (progress === 'runs') break;
    if (progress === 'begins') await sleep(closeLookMs, call.signal);
    else await watch.next(call.signal);
  }
  // It held the environment, and nobody needs it again. That it is gone tells others that the command has run.
  await rm(join(stored.folder, 'launch'), { force: true });
}

async function lookAtStart(
  context: BackendContext,
  stored: StoredContainer,
  spawned: SpawnedSupervisor,
): Promise<'waits' | 'begins' | 'runs'> {
  const ended = spawned.exitCode();
  const standing = await readStanding(stored, context.here);
  if (standing.phase === 'exited') {
    await requireStarted(stored, standing.code);
    return 'runs';
  }
  if (hasEnded(standing)) throw startFailed(stored, `its supervisor ended: ${await supervisorError(stored)}`);
  if (standing.phase !== 'running') {
    if (ended === undefined) return 'waits';
    throw startFailed(stored, `its supervisor ended with ${ended}: ${await supervisorError(stored)}`);
  }
  // Not by the witness alone: it is inside, where the command may do with it what it likes.
  const parts = standing.supervisor === undefined ? undefined : findParts(standing.supervisor, stored.record.mode);
  if (parts?.command !== undefined) return 'runs';
  return (await readSmallFile(stored.folder, 'witness')) === witness.began ? 'begins' : 'waits';
}

/** @throws FairleadError when the engine gave up before the command ran */
async function requireStarted(stored: StoredContainer, code: number): Promise<void> {
  const failure = code === 0 ? undefined : await startFailure(stored, code);
  if (failure === undefined) return;
  const { code: errorCode, reason, hint } = explainFatal(failure);
  throw new FairleadError({
    code: errorCode,
    backend: backendName,
    operation: 'start',
    message: `container ${stored.record.name} could not be started: ${reason}`,
    hint,
    details: { id: stored.record.id, exitCode: code },
    logTail: (await readSmallFile(stored.folder, 'stderr')).trimEnd().split('\n').slice(-20),
  });
}

function startFailed(stored: StoredContainer, reason: string, hint?: string, cause?: unknown): FairleadError {
  return new FairleadError({
    code: 'START_FAILED',
    backend: backendName,
    operation: 'start',
    message: `container ${stored.record.name}: ${reason}`,
    hint,
    details: { id: stored.record.id },
    cause,
  });
}

async function supervisorError(stored: StoredContainer): Promise<string> {
  const said = (await readSmallFile(stored.folder, 'sup.err')).trim();
  return said === '' ? 'it said nothing' : said;
}
