import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { toContainer, toState } from './container-state.ts';
import type { StateRecord } from './records.ts';

const startedAt = '2026-11-21T08:23:51.524279416Z';
const finishedAt = '2026-11-21T08:23:52.000000001Z';

function record(fields: Partial<StateRecord>): StateRecord {
  return { status: 'exited', exitCode: 0, oomKilled: false, startedAt, finishedAt, restartCount: 0, ...fields };
}

describe('toState', () => {
  it.each(['created', 'configured', 'initialized'])('takes %s for created, with no start yet', (status) => {
    assert.deepEqual(toState(record({ status })), { rawState: status, attempt: 0, phase: 'created' });
  });

  it.each(['running', 'paused', 'stopping', 'removing'])('passes %s on', (status) => {
    assert.deepEqual(toState(record({ status })), { rawState: status, attempt: 1, phase: status });
  });

  it.each(['exited', 'stopped'])('takes %s for an end (C14, L18)', (status) => {
    const exit = { attempt: 1, startedAt, finishedAt, reason: 'error', code: 7 };
    const found = toState(record({ status, exitCode: 7 }));
    assert.deepEqual(found, { rawState: status, attempt: 1, phase: 'exited', exit });
  });

  it('tells ok, oom and the code of a signal', () => {
    assert.equal(exitOf({}).reason, 'ok');
    assert.deepEqual([exitOf({ exitCode: 137 }).reason, exitOf({ exitCode: 137 }).code], ['error', 137]);
    assert.deepEqual([exitOf({ exitCode: 137, oomKilled: true }).reason], ['oom']);
  });

  it('tells an end whose time the engine has lost as lost, whatever the code (C34)', () => {
    assert.deepEqual(exitOf({ finishedAt: undefined }), { attempt: 1, startedAt, reason: 'lost' });
    assert.equal(exitOf({ exitCode: -1 }).reason, 'lost');
    assert.equal(exitOf({ finishedAt: '2026-11-21T08:00:00Z' }).reason, 'lost');
  });

  it('takes an end stamped some milliseconds before the start for an end: the clocks differ', () => {
    assert.equal(exitOf({ finishedAt: '2026-11-21T08:23:51.519463938Z' }).reason, 'ok');
  });

  it('does not take an unknown word for an end', () => {
    assert.equal(toState(record({ status: 'bogus' })).phase, 'unknown');
  });

  it('counts restarts as attempts', () => {
    assert.equal(toState(record({ status: 'running', restartCount: 2 })).attempt, 3);
  });
});

describe('toContainer', () => {
  it('tells root where the image runs as root without saying so', () => {
    const rest = {
      id: 'i',
      name: 'n',
      image: 'm',
      createdAt: startedAt,
      labels: {},
      mountTargets: [],
      state: record({}),
    };
    assert.equal(toContainer({ ...rest, user: '' }).user, '0');
    assert.equal(toContainer({ ...rest, user: 'app' }).user, 'app');
  });
});

function exitOf(fields: Partial<StateRecord>): { readonly reason: string; readonly code?: number | undefined } {
  const state = toState(record(fields));
  assert.equal(state.phase, 'exited');
  return state.phase === 'exited' ? state.exit : { reason: '' };
}
