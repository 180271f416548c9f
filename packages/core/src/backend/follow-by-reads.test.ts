import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import type { LogChunk } from '../logs.ts';
import type { ReadableLog } from './follow-by-reads.ts';
import { ask, collect, FakeLog, follow, numberedLines, pause } from './__fixtures__/fake-log.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('followByReads is complete and exact', () => {
  it('gives a 20 MiB burst byte for byte on both streams (L1, L7, L8)', async () => {
    const log = new FakeLog();
    const truth = numberedLines(104_858);
    const { into, done } = collect(follow(log));
    for (let at = 0; at < truth.length; at += 3_333_333) {
      log.write('stdout', truth.subarray(at, at + 3_333_333));
      log.write('stderr', truth.subarray(at, at + 3_333_333));
      await vi.advanceTimersByTimeAsync(40);
    }
    log.end();
    await done;
    assert.ok(into.whole('stdout').equals(truth));
    assert.ok(into.whole('stderr').equals(truth));
  });

  it('loses nothing to a reader that pauses for 4 seconds while the container writes and ends (C55, L4)', async () => {
    const log = new FakeLog();
    const truth = numberedLines(20_000);
    log.write('stdout', truth.subarray(0, 777_777));
    let paused = false;
    const { into, done } = collect(follow(log), async () => {
      if (!paused) await pause(4_000);
      paused = true;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    log.write('stdout', truth.subarray(777_777));
    log.end();
    await vi.advanceTimersByTimeAsync(10_000);
    await done;
    assert.ok(into.whole('stdout').equals(truth));
  });

  it('skips the bytes that the caller has, per stream', async () => {
    const log = new FakeLog();
    log.write('stdout', 'one\ntwo\n');
    log.write('stderr', 'three\nfour\n');
    log.end();
    const { into, done } = collect(follow(log, ask({ skip: { stdout: 4, stderr: 8 } })));
    await done;
    assert.equal(into.text('stdout'), 'two\n');
    assert.equal(into.text('stderr'), 'ur\n');
  });

  it('holds a piece of a line back until its newline or the end has come (L9, L10)', async () => {
    const log = new FakeLog();
    log.chunkBytes = 4;
    log.write('stdout', 'whole line\nhalf a');
    const { into, done } = collect(follow(log));
    await vi.advanceTimersByTimeAsync(200);
    assert.equal(into.text('stdout'), 'whole line\n');
    log.write('stdout', ' line\nno newline');
    await vi.advanceTimersByTimeAsync(2_000);
    assert.equal(into.text('stdout'), 'whole line\nhalf a line\n');
    log.end();
    await done;
    assert.equal(into.text('stdout'), 'whole line\nhalf a line\nno newline');
  });

  it('does not hold back more than 64 KiB of one line', async () => {
    const log = new FakeLog();
    log.write('stdout', Buffer.alloc(1_000_000, 'x'));
    const { into, done } = collect(follow(log));
    await vi.advanceTimersByTimeAsync(200);
    assert.ok(into.whole('stdout').length > 1_000_000 - 80_000);
    log.write('stdout', Buffer.alloc(500_000, 'y'));
    log.end();
    await done;
    assert.equal(into.whole('stdout').length, 1_500_000);
  });

  it('is one read to the end of what is there without follow', async () => {
    const log = new FakeLog();
    log.write('stdout', 'a\nb');
    const { into, done } = collect(follow(log, ask({ follow: false })));
    await done;
    assert.equal(into.text('stdout'), 'a\nb');
    assert.equal(log.reads, 1);
  });

  it('keeps the time of a chunk that it cuts', async () => {
    const log = new FakeLog();
    const time = '2026-11-21T08:00:00.000000001Z';
    const timed: ReadableLog = {
      look: (signal) => log.look(signal),
      wait: (signal) => log.wait(signal),
      async *read() {
        yield { stream: 'stdout', bytes: Buffer.from('abcdef\n'), time };
      },
    };
    log.end();
    const chunks: LogChunk[] = [];
    const request = ask({ timestamps: true, skip: { stdout: 3, stderr: 0 } });
    for await (const chunk of follow(timed, request)) chunks.push(chunk);
    assert.equal(chunks.length, 1);
    assert.equal(chunks[0]?.time, time);
    assert.equal(Buffer.from(chunks[0]?.bytes ?? []).toString(), 'def\n');
  });

  it('is complete with a bell that fails at once, never rings, or is absent', async () => {
    const never = new Promise<never>(() => undefined);
    const bells: ReadableLog['bell'][] = [
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no bell')) }) }),
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) }),
      undefined,
    ];
    for (const bell of bells) {
      const log = new FakeLog();
      const silent: ReadableLog = {
        read: (signal) => log.read(signal),
        look: (signal) => log.look(signal),
        wait: (signal) => log.wait(signal),
      };
      const { into, done } = collect(follow(bell === undefined ? silent : { ...silent, bell }));
      await vi.advanceTimersByTimeAsync(300);
      log.write('stdout', 'late\n');
      await vi.advanceTimersByTimeAsync(10_000);
      assert.equal(into.text('stdout'), 'late\n');
      log.end();
      await done;
    }
  });
});

describe('followByReads is cheap', () => {
  it('rests four times as long as the last read took (L12)', async () => {
    const log = new FakeLog();
    log.costMilliseconds = 1_000;
    const { done } = collect(follow(log));
    for (let at = 0; at < 98; at += 1) {
      log.write('stdout', numberedLines(100));
      await vi.advanceTimersByTimeAsync(100);
    }
    assert.equal(log.reads, 2);
    log.end();
    await vi.advanceTimersByTimeAsync(5_000);
    await done;
    assert.equal(log.reads, 3);
  });

  it('reads at once when the container ends, however long the rest would be', async () => {
    const log = new FakeLog();
    log.costMilliseconds = 1_000;
    const { into, done } = collect(follow(log));
    await vi.advanceTimersByTimeAsync(1_001);
    log.write('stdout', 'last\n');
    log.end();
    await vi.advanceTimersByTimeAsync(1_010);
    await done;
    assert.equal(into.text('stdout'), 'last\n');
  });

  it('leaves a silent log alone but for a clock that doubles', async () => {
    const log = new FakeLog();
    log.write('stdout', 'only line\n');
    const { done } = collect(follow(log));
    await vi.advanceTimersByTimeAsync(3_600_000);
    assert.ok(log.reads <= 70, `${log.reads} reads in an hour`);
    const before = log.reads;
    log.write('stdout', 'next line\n');
    await vi.advanceTimersByTimeAsync(60);
    assert.equal(log.reads, before + 1);
    log.end();
    await done;
  });

  it('reads less and less often for a bell that rings in vain', async () => {
    const log = new FakeLog();
    log.write('stdout', 'only line\n');
    const vain: ReadableLog = {
      read: (signal) => log.read(signal),
      look: (signal) => log.look(signal),
      wait: (signal) => log.wait(signal),
      async *bell() {
        yield undefined;
      },
    };
    const { done } = collect(follow(vain));
    await vi.advanceTimersByTimeAsync(60_000);
    assert.ok(log.reads <= 20, `${log.reads} reads in a minute`);
    log.end();
    await done;
  });
});

describe('followByReads ends', () => {
  it('cleanly when the container is removed meanwhile', async () => {
    const log = new FakeLog();
    log.write('stdout', 'a\n');
    const { into, done } = collect(follow(log));
    await vi.advanceTimersByTimeAsync(100);
    log.end('gone');
    await vi.advanceTimersByTimeAsync(5_000);
    await done;
    assert.equal(into.text('stdout'), 'a\n');
  });

  it('with CONTAINER_NOT_FOUND when there was none at the first read', async () => {
    const log = new FakeLog();
    log.end('gone');
    await assert.rejects(collect(follow(log)).done, { code: 'CONTAINER_NOT_FOUND' });
  });

  it('with ENGINE_FAILURE when the log became shorter, because counting then lies', async () => {
    const log = new FakeLog();
    log.write('stdout', 'first\nsecond\n');
    const { done } = collect(follow(log));
    await vi.advanceTimersByTimeAsync(100);
    log.written.stdout = Buffer.from('second\n');
    log.write('stdout', '');
    await vi.advanceTimersByTimeAsync(5_000);
    await assert.rejects(done, { code: 'ENGINE_FAILURE' });
  });

  it('with the reason of the signal, and frees wait and bell', async () => {
    const log = new FakeLog();
    const controller = new AbortController();
    const { done } = collect(follow(log, ask(), controller.signal));
    await vi.advanceTimersByTimeAsync(2_000);
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(done, reason);
    assert.deepEqual([...new Set(log.aborted)].toSorted(), ['bell', 'wait']);
  });

  it('when its reader leaves early, and frees wait and bell', async () => {
    const log = new FakeLog();
    log.write('stdout', 'a\nb\n');
    for await (const _ of follow(log)) break;
    await vi.advanceTimersByTimeAsync(1);
    assert.deepEqual([...new Set(log.aborted)].toSorted(), ['bell', 'wait']);
    assert.equal(vi.getTimerCount(), 0);
  });
});
