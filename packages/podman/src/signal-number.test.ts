import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { signalNumber } from './signal-number.ts';

describe('signalNumber', () => {
  it.each([
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGKILL', 9],
    ['SIGUSR1', 10],
    ['SIGTERM', 15],
    ['SIGRTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['SIGRTMAX', 64],
    ['SIGRTMAX-1', 63],
  ] as const)('knows %s as %i', (name, number) => {
    assert.equal(signalNumber(name), number);
  });

  it.each(['SIGNOPE', 'TERM', 'SIGRTMIN-1', 'SIGRTMAX+1', 'SIGRTMIN+31', 'toString', ''])(
    'does not know %s',
    (name) => {
      assert.equal(signalNumber(name), undefined);
    },
  );
});
