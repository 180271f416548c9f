import { describe, expect, it, vi } from 'vitest';
import { deadline } from './deadline.ts';

describe('deadline', () => {
  it('fires with the reason of the caller, before and after it began', () => {
    const reason = new Error('enough');
    using early = deadline({ signal: AbortSignal.abort(reason) }, 'x');
    expect(early.signal.reason).toBe(reason);
    const controller = new AbortController();
    using late = deadline({ signal: controller.signal }, 'x');
    expect(late.signal.aborted).toBe(false);
    controller.abort(reason);
    expect(late.signal.reason).toBe(reason);
  });

  it('fires with TIMEOUT that names the operation, unless the clock was stopped', () => {
    vi.useFakeTimers();
    try {
      using running = deadline({ timeoutMs: 100 }, 'detect');
      using stopped = deadline({ timeoutMs: 100 }, 'detect');
      stopped.stopClock();
      vi.advanceTimersByTime(101);
      expect(running.signal.reason).toMatchObject({ code: 'TIMEOUT', operation: 'detect' });
      expect(stopped.signal.aborted).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it('leaves neither timer nor listener behind', () => {
    vi.useFakeTimers();
    try {
      const controller = new AbortController();
      const limit = deadline({ signal: controller.signal, timeoutMs: 100 }, 'x');
      limit[Symbol.dispose]();
      expect(vi.getTimerCount()).toBe(0);
      controller.abort();
      expect(limit.signal.aborted).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });
});
