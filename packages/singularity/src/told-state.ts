import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError, type ContainerState, type ExitStatus } from '@fairlead/core';
import type { BackendContainer } from '@fairlead/core/backend';
import { readSmallFile, readStanding, type Standing } from './container-state.ts';
import type { BackendContext } from './context.ts';
import { witness } from './environment.ts';
import { backendName, fatalLine, isOnlyFatal } from './errors.ts';
import type { StoredContainer } from './store.ts';

/** A container as core wants it told. */
export async function toldContainer(stored: StoredContainer, { here }: BackendContext): Promise<BackendContainer> {
  const { id, name, image, createdAt, labels, user } = stored.record;
  const state = await toldState(stored, await readStanding(stored, here));
  return { id, name, image, createdAt, labels, user, state };
}

/** Why an ended container never ran its command; undefined if it did, or was ended before it could (S5, S8). */
export async function startFailure({ folder }: StoredContainer, code: number): Promise<string | undefined> {
  // Whoever saw the command run has deleted this.
  if ((await sizeOf(folder, 'launch')) === undefined) return undefined;
  const seen = await readSmallFile(folder, 'witness');
  if (seen === witness.noRunscript) return 'the image has no runscript, so there is nothing to run';
  if (seen !== witness.began) {
    if ((await sizeOf(folder, 'stop')) !== undefined) return undefined;
    const said = fatalLine(await readSmallFile(folder, 'stderr'));
    return said ?? `the engine ended with ${code} before the container was made`;
  }
  if (code !== 255 || (await sizeOf(folder, 'stdout')) !== 0) return undefined;
  const stderr = await readSmallFile(folder, 'stderr');
  return isOnlyFatal(stderr) ? fatalLine(stderr) : undefined;
}

/** An error for what can be done only on the host where a container was made. */
export function elsewhere({ record }: StoredContainer): FairleadError {
  return new FairleadError({
    code: 'UNAVAILABLE',
    backend: backendName,
    message: `container ${record.name} was made on another host`,
    hint: 'Ask there.',
    details: { id: record.id, hostId: record.creator.hostId },
  });
}

async function toldState(stored: StoredContainer, standing: Standing): Promise<ContainerState> {
  const { phase } = standing;
  if (phase === 'elsewhere') return { phase: 'unknown', rawState: phase, attempt: 1, error: elsewhere(stored) };
  if (phase === 'created') return { phase, rawState: phase, attempt: 0 };
  if (phase === 'running' || phase === 'removing') return { phase, rawState: phase, attempt: 1 };
  return { phase: 'exited', rawState: phase, attempt: 1, exit: await toldExit(stored, standing) };
}

async function toldExit(
  stored: StoredContainer,
  standing: Extract<Standing, { phase: 'exited' | 'lost' }>,
): Promise<ExitStatus> {
  const startedAt = wallTime(stored, standing.supervisor?.uptimeSeconds);
  if (standing.phase === 'lost') return { attempt: 1, reason: 'lost', startedAt };
  const { code, uptimeSeconds } = standing;
  const times = { attempt: 1, startedAt, finishedAt: wallTime(stored, uptimeSeconds) };
  if (code === 0) return { ...times, reason: 'ok', code };
  const message = await startFailure(stored, code);
  return message === undefined ? { ...times, reason: 'error', code } : { ...times, reason: 'start-error', message };
}

/** The clock at creation plus the difference of uptimes, which no change of the clock disturbs. */
function wallTime({ record }: StoredContainer, uptimeSeconds: number | undefined): string | undefined {
  if (uptimeSeconds === undefined) return undefined;
  const since = Math.round((uptimeSeconds - record.createdUptimeSeconds) * 1000);
  return new Date(Date.parse(record.createdAt) + Math.max(0, since)).toISOString();
}

async function sizeOf(folder: string, name: string): Promise<number | undefined> {
  return (await stat(join(folder, name)).catch(() => undefined))?.size;
}
