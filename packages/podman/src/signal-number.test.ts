import assert from 'node:assert/strict';
import { describe, it, vi } from 'vitest';
import { signalNumber } from './signal-number.ts';

/** A client on another system: macOS counts SIGUSR1 as 30. */
vi.mock('node:os', () => ({ constants: { signals: { SIGUSR1: 30, SIGCHLD: 20, SIGINFO: 29 } } }));

describe('signalNumber', () => {
  it.each([
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGKILL', 9],
    ['SIGUSR1', 10],
    ['SIGTERM', 15],
    ['SIGIOT', 6],
    ['SIGCHLD', 17],
    ['SIGIO', 29],
    ['SIGPOLL', 29],
    ['SIGSYS', 31],
    ['SIGRTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['SIGRTMAX', 64],
    ['SIGRTMAX-1', 63],
  ] as const)('knows %s as %i', (name, number) => {
    assert.equal(signalNumber(name), number);
  });

  it.each(['SIGNOPE', 'SIGINFO', 'TERM', 'SIGRTMIN-1', 'SIGRTMAX+1', 'SIGRTMIN+31', 'toString', ''])(
    'does not know %s',
    (name) => {
      assert.equal(signalNumber(name), undefined);
    },
  );
});
