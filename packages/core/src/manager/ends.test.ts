import { describe, expect, it } from 'vitest';
import type { ExitStatus } from '../container.ts';
import { Ends } from './ends.ts';
import { Readers } from './readers.ts';

const ok: ExitStatus = { attempt: 1, reason: 'ok', code: 0 };

describe('Ends', () => {
  it('tell killed only of what this process asked to end, and keep the code', () => {
    const ends = new Ends();
    expect(ends.told('a', ok)).toBe(ok);
    ends.ask('a');
    expect(ends.told('a', ok)).toMatchObject({ reason: 'killed', code: 0 });
    expect(ends.told('b', ok)).toBe(ok);
  });

  it('leave what an engine knows better: out of memory, lost', () => {
    const ends = new Ends();
    ends.ask('a');
    for (const reason of ['oom', 'lost'] as const)
      expect(ends.told('a', { attempt: 1, reason })).toEqual({ attempt: 1, reason });
  });

  it('remember how a container ended, until it is started again', () => {
    const ends = new Ends();
    ends.ask('a');
    ends.remember('a', ok);
    expect(ends.of('a')).toMatchObject({ reason: 'killed', code: 0 });
    ends.begin('a');
    expect(ends.of('a')).toBeUndefined();
    expect(ends.told('a', ok)).toBe(ok);
  });

  it('know that what was asked to end was killed, if nothing else is known', () => {
    const ends = new Ends();
    expect(ends.of('a')).toBeUndefined();
    ends.ask('a');
    expect(ends.of('a')).toEqual({ attempt: 1, reason: 'killed' });
  });

  it('do not grow without end', () => {
    const ends = new Ends();
    for (let n = 0; n < 10_001; n += 1) {
      ends.ask(`asked-${n}`);
      ends.remember(`ended-${n}`, ok);
    }
    expect([ends.of('asked-0'), ends.of('ended-0')]).toEqual([undefined, undefined]);
    expect(ends.of('ended-10000')).toBe(ok);
  });
});

describe('Readers', () => {
  it('are idle when nobody reads, and once the last one has left', async () => {
    const readers = new Readers();
    await readers.idle('a');
    const [first, second] = [readers.enter('a'), readers.enter('a')];
    let idle = false;
    const waiting = readers.idle('a').then(() => (idle = true));
    first();
    await new Promise((resolve) => setImmediate(resolve));
    expect(idle).toBe(false);
    second();
    await waiting;
  });

  it('of one container do not hold up another', async () => {
    const readers = new Readers();
    readers.enter('a');
    await expect(readers.idle('b')).resolves.toBeUndefined();
  });

  it('who come while one leaves are waited for, too', async () => {
    const readers = new Readers();
    const first = readers.enter('a');
    let idle = false;
    const waiting = readers.idle('a').then(() => (idle = true));
    first();
    const second = readers.enter('a');
    await new Promise((resolve) => setImmediate(resolve));
    expect(idle).toBe(false);
    second();
    await waiting;
  });
});
