import { describe, expect, it } from 'vitest';
import { findSignal, toSignal } from './signal-name.ts';

describe('findSignal', () => {
  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['term', 'SIGTERM'],
    ['9', 'SIGKILL'],
    ['USR1', 'SIGUSR1'],
  ])('knows %s', (text, signal) => {
    expect(findSignal(text)).toBe(signal);
  });

  it.each(['', '0', '999', 'SIG', 'SIGRTMIN+3', '-9'])('knows no %j', (text) => {
    expect(findSignal(text)).toBeUndefined();
    expect(() => toSignal(text)).toThrow('no signal');
  });
});
