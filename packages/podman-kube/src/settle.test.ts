import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { settle, settled } from './settle.ts';

const call = { signal: new AbortController().signal };

describe('settle', () => {
  it('repeats a change until it tells no error: already in progress means to wait', async () => {
    let times = 0;
    await settle(call, async () => {
      times += 1;
      return times < 3 ? new Error('in progress') : undefined;
    });
    assert.equal(times, 3);
  });
});

describe('settled', () => {
  it('starts nothing for a caller who has left already', async () => {
    const reason = new Error('enough');
    let started = false;
    const change = async (): Promise<void> => {
      started = true;
    };
    await assert.rejects(settled({ signal: AbortSignal.abort(reason) }, change), reason);
    assert.equal(started, false);
  });

  it('gives the change a signal that the caller’s leaving does not abort', async () => {
    const controller = new AbortController();
    let own: AbortSignal | undefined;
    const done = Promise.withResolvers<void>();
    const change = settled({ signal: controller.signal }, (inner) => {
      own = inner.signal;
      return done.promise;
    });
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(change, reason);
    assert.equal(own?.aborted, false);
    done.resolve();
  });
});
