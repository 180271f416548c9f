import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { toState } from './container-state.ts';
import type { StateRecord } from './records.ts';

const state = (more: Partial<StateRecord>) =>
  toState({
    restartCount: 0,
    state: {
      status: 'exited',
      exitCode: 0,
      error: '',
      oomKilled: false,
      startedAt: '2026-01-01T00:00:00Z',
      finishedAt: '2026-01-01T00:00:01Z',
      ...more,
    },
  });

describe('toState', () => {
  it('gives a phase for every word of podman (F35)', () => {
    const phases = {
      configured: 'created',
      created: 'created',
      initialized: 'created',
      running: 'running',
      paused: 'paused',
      stopping: 'stopping',
      removing: 'removing',
      restarting: 'restarting',
      stopped: 'exited',
      exited: 'exited',
      dead: 'exited',
      strange: 'unknown',
    } as const;
    for (const [status, phase] of Object.entries(phases)) {
      const found = state({ status });
      assert.deepEqual([found.phase, found.rawState], [phase, status]);
    }
  });

  it('takes `stopped` for ended only once the end has a time (C14, L18)', () => {
    assert.equal(state({ status: 'stopped', finishedAt: undefined }).phase, 'stopping');
  });

  it('tells codes, running out of memory, and an end whose code podman has forgotten', () => {
    const exit = (more: Partial<StateRecord>) => {
      const found = state(more);
      assert.equal(found.phase, 'exited');
      return [found.exit.reason, found.exit.code];
    };
    assert.deepEqual(exit({}), ['ok', 0]);
    assert.deepEqual(exit({ exitCode: 137 }), ['error', 137]);
    assert.deepEqual(exit({ exitCode: 137, oomKilled: true }), ['oom', 137]);
    assert.deepEqual(exit({ oomKilled: true }), ['ok', 0]);
    assert.deepEqual(exit({ finishedAt: undefined }), ['lost', undefined]);
  });

  it('tells a start that failed from a container that was not started (C23)', () => {
    const failed = state({ status: 'created', error: 'no such command' });
    assert.ok(failed.phase === 'exited' && failed.exit.reason === 'start-error');
    assert.equal(state({ status: 'created' }).attempt, 0);
  });

  it('counts attempts from restarts', () => {
    const found = toState({
      restartCount: 2,
      state: {
        status: 'running',
        exitCode: 0,
        error: '',
        oomKilled: false,
        startedAt: undefined,
        finishedAt: undefined,
      },
    });
    assert.equal(found.attempt, 3);
  });
});
