import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FairleadError } from '../errors.ts';
import { inCall, inOwnTime, openScope, orAborted, sleep } from './call-scope.ts';

afterEach(() => {
  vi.useRealTimers();
});

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('socket hang up'))));
}

describe('inCall', () => {
  it('gives what the work gives', async () => {
    await expect(inCall({}, 'x', async () => 7)).resolves.toBe(7);
  });

  it('begins nothing when it is cancelled already', async () => {
    const reason = new Error('no');
    const work = vi.fn<() => Promise<void>>();
    await expect(inCall({ signal: AbortSignal.abort(reason) }, 'x', work)).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
  });

  it('rejects with the reason of the signal, whatever the backend made of it', async () => {
    const controller = new AbortController();
    const reason = { not: 'even an error' };
    const call = inCall({ signal: controller.signal }, 'x', ({ signal }) => hang(signal));
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('rejects with ROLLBACK_FAILED all the same: something is left', async () => {
    const controller = new AbortController();
    const left = new FairleadError({ code: 'ROLLBACK_FAILED', message: 'left' });
    const call = inCall({ signal: controller.signal }, 'x', async () => {
      controller.abort(new Error('no'));
      throw left;
    });
    await expect(call).rejects.toBe(left);
  });

  it('rejects with TIMEOUT after the time limit', async () => {
    const call = inCall({ timeoutMs: 5 }, 'wait', ({ signal }) => hang(signal));
    await expect(call).rejects.toMatchObject({ code: 'TIMEOUT', operation: 'wait', retryable: 'yes' });
  });

  it('takes a limit that timers cannot hold for the longest they can', async () => {
    vi.useFakeTimers();
    const call = inCall({ timeoutMs: Infinity }, 'wait', ({ signal }) =>
      Promise.race([hang(signal), sleep(1_000, signal)]),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(call).resolves.toBeUndefined();
  });

  it.each([-1, Number.NaN])('refuses a limit of %d ms', async (timeoutMs) => {
    await expect(inCall({ timeoutMs }, 'x', async () => 1)).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('leaves no listener and no timer behind', async () => {
    const { signal } = new AbortController();
    vi.useFakeTimers();
    await inCall({ signal, timeoutMs: 1000 }, 'x', async () => 1);
    await inCall({ signal, timeoutMs: 1000 }, 'x', async () => Promise.reject(new Error('x'))).catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('openScope', () => {
  it('stops following the signal when it is disposed', () => {
    const controller = new AbortController();
    const scope = openScope({ signal: controller.signal }, 'x');
    scope[Symbol.dispose]();
    controller.abort();
    expect(scope.signal.aborted).toBe(false);
  });
});

describe('inOwnTime', () => {
  it('is not cut by anything but its own clock', async () => {
    await expect(inOwnTime(5, ({ signal }) => orAborted(hang(signal), signal))).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });
});

describe('sleep', () => {
  it('rejects with the reason at once, and leaves no timer', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const slept = sleep(10_000, controller.signal);
    controller.abort(new Error('up'));
    await expect(slept).rejects.toThrow('up');
    await expect(sleep(10_000, controller.signal)).rejects.toThrow('up');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no listener behind', async () => {
    const { signal } = new AbortController();
    await sleep(1, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('orAborted', () => {
  it('gives what the promise gives', async () => {
    await expect(orAborted(Promise.resolve(3), new AbortController().signal)).resolves.toBe(3);
  });

  it('rejects with the reason while the promise goes on', async () => {
    const controller = new AbortController();
    const wait = orAborted(new Promise(() => undefined), controller.signal);
    controller.abort(new Error('stop'));
    await expect(wait).rejects.toThrow('stop');
  });
});
