import { FairleadError, type ContainerState, type ExitStatus } from '@fairlead/core';
import { backendName } from './errors.ts';
import type { StateRecord } from './records.ts';

/** Longest time in milliseconds that an engine took to answer after its start (L27). */
const restartMs = 15_000;
const ended: ReadonlySet<string> = new Set(['exited', 'stopped', 'dead']);
const notStarted: ReadonlySet<string> = new Set(['created', 'configured', 'initialized']);
const phases: Readonly<Record<string, 'running' | 'paused' | 'restarting' | 'stopping' | 'removing'>> = {
  running: 'running',
  paused: 'paused',
  restarting: 'restarting',
  stopping: 'stopping',
  removing: 'removing',
};

/**
 * The state of a container in the library's words, for every word of the engine (F35).
 * @param engineStartedAt when the engine that answers was started, where that is known; proves a lost code (L29)
 */
export function toContainerState(state: StateRecord, engineStartedAt?: Date): ContainerState {
  const rawState = state.status;
  const attempt = notStarted.has(rawState) ? 0 : state.restartCount + 1;
  if (ended.has(rawState)) return { phase: 'exited', rawState, attempt, exit: toExit(state, attempt, engineStartedAt) };
  if (notStarted.has(rawState)) {
    // A start that failed leaves the container created, with the code of the failure (C22, C23).
    if (state.exitCode === 0 || state.error === '') return { phase: 'created', rawState, attempt };
    const exit: ExitStatus = { attempt: 1, reason: 'start-error', message: state.error };
    return { phase: 'exited', rawState, attempt: 1, exit };
  }
  const phase = phases[rawState];
  return phase === undefined
    ? { phase: 'unknown', rawState, attempt, error: unknownWord(rawState) }
    : { phase, rawState, attempt };
}

function toExit(state: StateRecord, attempt: number, engineStartedAt: Date | undefined): ExitStatus {
  const { startedAt, finishedAt, exitCode, oomKilled } = state;
  const times = { attempt, startedAt, finishedAt };
  // Also a child may have run out of memory: what ended well, ended well.
  if (exitCode === 0) return { ...times, reason: 'ok', code: 0 };
  if (oomKilled) return { ...times, reason: 'oom', code: exitCode };
  if (engineStartedAt !== undefined && endedWhileAway(state, engineStartedAt)) return { ...times, reason: 'lost' };
  return { ...times, reason: 'error', code: exitCode };
}

/**
 * An engine that finds a container ended at its own start knows no code and says 255, with the time of its start
 * as the end (L29, L31). So does a command that exits 255 of itself, at any other time.
 */
function endedWhileAway({ exitCode, startedAt, finishedAt }: StateRecord, engineStartedAt: Date): boolean {
  if (exitCode !== 255 || startedAt === undefined || finishedAt === undefined) return false;
  const restarted = engineStartedAt.getTime();
  const finished = Date.parse(finishedAt);
  return Date.parse(startedAt) < restarted && finished >= restarted - 1000 && finished <= restarted + restartMs;
}

/** Whether the code of this state is one that only the time of the engine's start can explain. */
export function needsEngineStart(state: StateRecord): boolean {
  return ended.has(state.status) && state.exitCode === 255;
}

function unknownWord(word: string): FairleadError {
  return new FairleadError({
    code: 'ENGINE_FAILURE',
    backend: backendName,
    operation: 'inspect',
    message: `the engine's word ${JSON.stringify(word)} for a container's state is not known`,
    hint: 'Please report it with the version of the engine.',
  });
}
