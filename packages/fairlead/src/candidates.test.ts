import { afterEach, describe, expect, it, vi } from 'vitest';
import { FairleadError, type ImageRef } from '@fairlead/core';
import { fakeModule, images } from './__fixtures__/fake-module.ts';
import { select } from './select.ts';

const sif: ImageRef = { format: 'sif', path: '/data/model.bin' };

afterEach(() => {
  vi.useRealTimers();
});

describe('an engine that fails while it is asked', () => {
  it.each([
    [
      'its probe rejects',
      { probe: new FairleadError({ code: 'ENGINE_FAILURE', message: 'out of order' }) },
      'out of order',
    ],
    ['the connection is lost while it judges the spec', { refuse: lose }, 'connection lost'],
  ] as const)('is a candidate with that reason: %s', async (_, fake, reason) => {
    const managers = [fakeModule({ name: 'bad', ...fake }), fakeModule({ name: 'good' })];
    await using selected = await select('busybox:1', { managers });
    expect(selected.backend).toBe('good');
    expect(selected.selection.verdicts[1]?.reasons.join()).toContain(reason);
  });

  it('does not hold up the others when it hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const managers = [fakeModule({ name: 'hangs', probe: 'hangs' }), fakeModule({ name: 'good' })];
    const choice = select('busybox:1', { managers, images });
    await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 });
    await vi.advanceTimersByTimeAsync(20_000);
    await using selected = await choice;
    expect(selected.selection.verdicts[1]?.reasons).toEqual(['it did not answer within 20 s']);
  });
});

describe('select leaves no connection open', () => {
  it('but the one it gives, which its disposal closes', async () => {
    const events: string[] = [];
    const managers = [fakeModule({ name: 'a', events }), fakeModule({ name: 'b', events })];
    const selected = await select('busybox:1', { managers });
    expect(events).toEqual(['open a', 'open b', 'close b']);
    await selected[Symbol.asyncDispose]();
    expect(events.at(-1)).toBe('close a');
  });

  it('when nothing fits, a spec is wrong, or a backend has a fault', async () => {
    const events: string[] = [];
    const fit = [fakeModule({ name: 'a', events })];
    await expect(select(sif, { managers: fit, images })).rejects.toMatchObject({ code: 'NO_BACKEND' });
    await expect(select({ image: 'busybox', user: '-x' }, { managers: fit })).rejects.toMatchObject({
      code: 'INVALID_SPEC',
    });
    const faulty = [...fit, fakeModule({ name: 'b', events, probe: new TypeError('bug') })];
    await expect(select('busybox', { managers: faulty })).rejects.toThrow('bug');
    expect(events.filter((event) => event.startsWith('open')).length).toBe(4);
    expect(events.filter((event) => event.startsWith('close')).length).toBe(4);
  });

  it('when it is cancelled, and rejects with the reason', async () => {
    const events: string[] = [];
    const controller = new AbortController();
    const managers = [fakeModule({ name: 'a', events }), fakeModule({ name: 'b', events, probe: 'hangs' })];
    const choice = select('busybox', { managers, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(choice).rejects.toThrow('enough');
    expect(events.toSorted()).toEqual(['close a', 'close b', 'open a', 'open b']);
  });
});

function lose(): never {
  throw new FairleadError({ code: 'CONNECTION_LOST', message: 'connection lost' });
}
