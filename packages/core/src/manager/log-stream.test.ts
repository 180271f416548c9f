import { describe, expect, it } from 'vitest';
import type { LogEnd, LogStream } from '../logs.ts';
import { FairleadError } from '../errors.ts';
import { openLogStream } from './log-stream.ts';
import { readAll } from './__fixtures__/read-all.ts';

interface Watched {
  readonly stream: LogStream<number>;
  readonly events: readonly string[];
}

/** A stream of 1, 2, 3 that notes when its source is opened and freed; `after` is awaited before each item. */
function watched(options: Parameters<typeof openLogStream>[1], wait?: (signal: AbortSignal) => Promise<void>): Watched {
  const events: string[] = [];
  const stream = openLogStream<number>(async function* ({ signal }): AsyncGenerator<number, LogEnd, undefined> {
    events.push('opened');
    try {
      for (const item of [1, 2, 3]) {
        await wait?.(signal);
        yield item;
      }
      return { reason: 'exited' };
    } finally {
      events.push('freed');
    }
  }, options);
  return { stream, events };
}

/** Never comes; rejects when the signal is aborted. */
function never(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

describe('a log stream', () => {
  it('costs nothing until it is read', async () => {
    const { stream, events } = watched({});
    await stream[Symbol.asyncDispose]();
    expect(events).toEqual([]);
    await expect(stream.ended).resolves.toEqual({ reason: 'left' });
  });

  it('gives all items and tells why it ended', async () => {
    const { stream, events } = watched({});
    expect(await readAll(stream)).toEqual([1, 2, 3]);
    await expect(stream.ended).resolves.toEqual({ reason: 'exited' });
    expect(events).toEqual(['opened', 'freed']);
  });

  it('is empty when it is read again', async () => {
    const { stream } = watched({});
    await readAll(stream);
    expect(await readAll(stream)).toEqual([]);
    await expect(stream.ended).resolves.toEqual({ reason: 'exited' });
  });

  it('frees its source when it is left, and says so', async () => {
    const { stream, events } = watched({});
    for await (const item of stream) if (item === 2) break;
    expect(events).toEqual(['opened', 'freed']);
    await expect(stream.ended).resolves.toEqual({ reason: 'left' });
    expect(await readAll(stream)).toEqual([]);
  });

  it('ends a read that is under way when it is disposed, without an error', async () => {
    const { stream, events } = watched({}, never);
    const read = stream[Symbol.asyncIterator]().next();
    await stream[Symbol.asyncDispose]();
    await expect(read).resolves.toEqual({ done: true, value: undefined });
    expect(events).toEqual(['opened', 'freed']);
  });

  it('rejects with the reason of its signal, and ended tells it without rejecting', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const { stream, events } = watched({ signal: controller.signal }, never);
    const read = readAll(stream);
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
    await expect(stream.ended).resolves.toEqual({ reason: 'interrupted', error: reason });
    expect(events).toEqual(['opened', 'freed']);
  });

  it('frees its source when it is cancelled between two reads, and the next read rejects once', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const { stream, events } = watched({ signal: controller.signal });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    controller.abort(reason);
    await expect(stream.ended).resolves.toEqual({ reason: 'interrupted', error: reason });
    await expect.poll(() => events).toEqual(['opened', 'freed']);
    await expect(iterator.next()).rejects.toBe(reason);
    await expect(iterator.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it('opens nothing for a signal that is aborted already', async () => {
    const reason = new Error('too late');
    const { stream, events } = watched({ signal: AbortSignal.abort(reason) });
    await expect(readAll(stream)).rejects.toBe(reason);
    expect(events).toEqual([]);
  });

  it('ends after its time limit with TIMEOUT', async () => {
    const { stream } = watched({ timeoutMs: 5 }, never);
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'TIMEOUT', operation: 'logs' });
  });

  it('passes a failure of its source on, and ended tells it without rejecting', async () => {
    const failure = new FairleadError({ code: 'ENGINE_FAILURE', message: 'broken' });
    const { stream } = watched({}, () => Promise.reject(failure));
    await expect(readAll(stream)).rejects.toBe(failure);
    await expect(stream.ended).resolves.toEqual({ reason: 'interrupted', error: failure });
  });

  it('takes its listener off the signal when it has ended', async () => {
    const controller = new AbortController();
    const { stream } = watched({ signal: controller.signal });
    await readAll(stream);
    controller.abort(new Error('later'));
    await expect(stream.ended).resolves.toEqual({ reason: 'exited' });
  });
});
