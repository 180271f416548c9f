import type { ContainerState, ExitStatus } from '@fairlead/core';
import type { BackendContainer } from '@fairlead/core/backend';
import { failure } from './errors.ts';
import type { ContainerRecord, StateRecord } from './records.ts';

/** A container of the engine in the contract's words. */
export function toContainer(record: ContainerRecord): BackendContainer {
  const { id, name, image, createdAt, labels, user } = record;
  return { id, name, image, createdAt, labels, user: user === '' ? '0' : user, state: toState(record.state) };
}

/** Where a container is in its life; an unknown word of the engine is no end. */
export function toState(record: StateRecord): ContainerState {
  const { status, restartCount } = record;
  const common = { rawState: status, attempt: restartCount + 1 };
  switch (status) {
    case 'created':
    case 'configured':
    case 'initialized':
      return { ...common, attempt: 0, phase: 'created' };
    case 'running':
    case 'paused':
    case 'restarting':
    case 'stopping':
    case 'removing':
      return { ...common, phase: status };
    // `stopped` is an end whose clean-up is still under way (C14, L18).
    case 'stopped':
    case 'exited':
      return { ...common, phase: 'exited', exit: toExit(record, common.attempt) };
    default:
      return { ...common, phase: 'unknown', error: unknownState(status) };
  }
}

/** How it ended. Times are compared with a second's slack: the end is stamped by a coarser clock than the start. */
function toExit(record: StateRecord, attempt: number): ExitStatus {
  const { exitCode, oomKilled, startedAt, finishedAt } = record;
  const times = { attempt, startedAt, finishedAt };
  const stale = startedAt !== undefined && Date.parse(finishedAt ?? '') < Date.parse(startedAt) - 1_000;
  // After a crash of the engine's host an end without a time is told as code 0; -1 means that no code is known (C34).
  if (finishedAt === undefined || stale || exitCode === undefined || exitCode < 0) {
    return { attempt, startedAt, reason: 'lost' };
  }
  if (oomKilled) return { ...times, reason: 'oom', code: exitCode };
  return exitCode === 0 ? { ...times, reason: 'ok', code: 0 } : { ...times, reason: 'error', code: exitCode };
}

function unknownState(status: string): ReturnType<typeof failure> {
  return failure({
    code: 'ENGINE_FAILURE',
    operation: 'inspect',
    message: `the engine tells the state ${JSON.stringify(status)}, which says nothing`,
  });
}
