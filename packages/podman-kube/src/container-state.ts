import { FairleadError, type ContainerState, type ExitStatus } from '@fairlead/core';
import { backendName } from './errors.ts';
import type { ContainerRecord, StateRecord } from './records.ts';

/** The state of a container in the library's words, for every word of podman (F35). Pure. */
export function toState({ state, restartCount }: Pick<ContainerRecord, 'state' | 'restartCount'>): ContainerState {
  const rawState = state.status;
  const attempt = restartCount + 1;
  switch (rawState) {
    case 'running':
    case 'paused':
    case 'stopping':
    case 'removing':
    case 'restarting':
      return { rawState, attempt, phase: rawState };
    case 'configured':
    case 'created':
    case 'initialized':
      return toCreated(state);
    case 'stopped':
      // Between the end and its clean-up, and between two runs of a restarting container (C14, L18).
      if (state.finishedAt === undefined) return { rawState, attempt, phase: 'stopping' };
      return { rawState, attempt, phase: 'exited', exit: toExit(state, attempt) };
    case 'exited':
    case 'dead':
      return { rawState, attempt, phase: 'exited', exit: toExit(state, attempt) };
    default:
      return { rawState, attempt, phase: 'unknown', error: unknownWord(rawState) };
  }
}

/** A failed start leaves a container created; podman 5 tells why, 4.3 nothing (C23). */
function toCreated({ status, error }: StateRecord): ContainerState {
  if (error === '') return { rawState: status, attempt: 0, phase: 'created' };
  return {
    rawState: status,
    attempt: 1,
    phase: 'exited',
    exit: { attempt: 1, reason: 'start-error', message: error },
  };
}

/** How it ended; an end without a time is one that podman has forgotten, with its code: a reboot does that. */
function toExit({ exitCode, oomKilled, startedAt, finishedAt }: StateRecord, attempt: number): ExitStatus {
  const times = { attempt, startedAt, finishedAt };
  if (finishedAt === undefined) return { ...times, reason: 'lost' };
  // Also a child may have run out of memory: what ended well, ended well.
  if (exitCode === 0) return { ...times, reason: 'ok', code: 0 };
  return { ...times, reason: oomKilled ? 'oom' : 'error', code: exitCode };
}

function unknownWord(word: string): FairleadError {
  return new FairleadError({
    code: 'ENGINE_FAILURE',
    backend: backendName,
    operation: 'inspect',
    message: `podman's word ${JSON.stringify(word)} for a container's state is not known`,
    hint: 'Please report it with the version of podman.',
  });
}
