import { describe, expect, it } from 'vitest';
import { needsEngineStart, toContainerState } from './container-state.ts';
import type { StateRecord } from './records.ts';

const started = '2026-11-21T08:00:00.5Z';
const finished = '2026-11-21T09:00:00.5Z';

function state(parts: Partial<StateRecord>): StateRecord {
  return {
    status: 'exited',
    exitCode: 0,
    error: '',
    oomKilled: false,
    startedAt: started,
    finishedAt: finished,
    restartCount: 0,
    ...parts,
  };
}

describe('toContainerState', () => {
  it.each([
    ['created', 'created', 0],
    ['configured', 'created', 0],
    ['initialized', 'created', 0],
    ['running', 'running', 1],
    ['paused', 'paused', 1],
    ['restarting', 'restarting', 1],
    ['stopping', 'stopping', 1],
    ['removing', 'removing', 1],
    ['exited', 'exited', 1],
    ['stopped', 'exited', 1],
    ['dead', 'exited', 1],
  ])('knows every word of the engines: %s is %s (F35, C14)', (status, phase, attempt) => {
    expect(toContainerState(state({ status }))).toMatchObject({ phase, rawState: status, attempt });
  });

  it('says of a word that it does not know that it does not know it (F35)', () => {
    expect(toContainerState(state({ status: 'dreaming' }))).toMatchObject({
      phase: 'unknown',
      rawState: 'dreaming',
      error: { code: 'ENGINE_FAILURE' },
    });
  });

  it.each([
    [{ exitCode: 0 }, { reason: 'ok', code: 0 }],
    [{ exitCode: 7 }, { reason: 'error', code: 7 }],
    [{ exitCode: 137 }, { reason: 'error', code: 137 }],
    [
      { exitCode: 137, oomKilled: true },
      { reason: 'oom', code: 137 },
    ],
    [
      { exitCode: 0, oomKilled: true },
      { reason: 'ok', code: 0 },
    ],
    [{ exitCode: 255 }, { reason: 'error', code: 255 }],
  ])('maps %j to %j (C77)', (parts, exit) => {
    expect(toContainerState(state(parts))).toMatchObject({
      phase: 'exited',
      exit: { ...exit, attempt: 1, startedAt: started, finishedAt: finished },
    });
  });

  it('counts the restarts of the engine', () => {
    expect(toContainerState(state({ restartCount: 2 }))).toMatchObject({ attempt: 3, exit: { attempt: 3 } });
  });

  it('tells a failed start, which leaves the container created (C22, C23)', () => {
    const failed = state({ status: 'created', exitCode: 127, error: 'not found', startedAt: undefined });
    expect(toContainerState(failed)).toEqual({
      phase: 'exited',
      rawState: 'created',
      attempt: 1,
      exit: { attempt: 1, reason: 'start-error', message: 'not found' },
    });
  });

  it('does not read an error of Podman as a failed start where the code says nothing (C13)', () => {
    expect(toContainerState(state({ status: 'created', error: 'container is running' })).phase).toBe('created');
  });
});

describe('a code of 255 (L29, L31)', () => {
  const found = state({ exitCode: 255 });
  const before = (milliseconds: number): Date => new Date(Date.parse(finished) - milliseconds);

  it('is lost where the engine found the container ended at its own start', () => {
    expect(toContainerState(found, before(2_000))).toMatchObject({ exit: { reason: 'lost', finishedAt: finished } });
    expect(toContainerState(found, before(2_000))).not.toHaveProperty('exit.code');
  });

  it('is a code where the engine was there all the time, or long before', () => {
    expect(toContainerState(found, new Date(Date.parse(started) - 1_000))).toMatchObject({ exit: { code: 255 } });
    expect(toContainerState(found, before(60_000))).toMatchObject({ exit: { code: 255 } });
    expect(toContainerState(found, before(-60_000))).toMatchObject({ exit: { code: 255 } });
  });

  it('is the only code that can be lost', () => {
    expect(toContainerState(state({ exitCode: 137 }), before(2_000))).toMatchObject({ exit: { code: 137 } });
    expect(needsEngineStart(found)).toBe(true);
    expect(needsEngineStart(state({ exitCode: 1 }))).toBe(false);
    expect(needsEngineStart(state({ status: 'running', exitCode: 255 }))).toBe(false);
  });
});
