import { FairleadError } from '../errors.ts';
import type { LogChunk } from '../logs.ts';
import { sleep } from '../manager/call-scope.ts';
import type { BackendLogRequest } from './backend.ts';
import type { BackendCall } from './backend-call.ts';
import { UnseenOutput } from './unseen-output.ts';
import { Wake } from './wake.ts';

/** A log of an engine whose own follow has holes, but whose reads are exact (L1, L7, L8). */
export interface ReadableLog {
  /** All that the log holds now, from its beginning or from `since`; with `timestamps` if they were asked for. */
  read(signal: AbortSignal): AsyncIterable<LogChunk>;
  /**
   * Yields when something was written, for example an engine's follow from the end of the log. It is left after
   * its first item and opened anew, so that a burst does not pass through it. It may fail, end or miss something.
   * Without it the log is read at growing intervals.
   */
  bell?(signal: AbortSignal): AsyncIterable<unknown>;
  /** Whether the container may still write. */
  look(signal: AbortSignal): Promise<'live' | 'ended' | 'gone'>;
  /** Resolves when the container may have ended; early is allowed. */
  wait(signal: AbortSignal): Promise<void>;
}

/**
 * All output of a container, byte for byte, from reads without follow: each gives what is new by count of bytes,
 * and the last one is sent after the container is known to have ended. Reading costs engine and reader time in
 * proportion to the whole log (L12), so the rest between two reads is four times as long as the last one took;
 * only the end cuts it short. Without `request.follow` it is one read. A container that is removed meanwhile ends
 * it cleanly.
 * @throws FairleadError `ENGINE_FAILURE` if the log became shorter meanwhile; otherwise what the functions of `log` throw
 */
export async function* followByReads(
  log: ReadableLog,
  request: BackendLogRequest,
  call: BackendCall,
): AsyncGenerator<LogChunk> {
  const output = new UnseenOutput(request.skip);
  if (!request.follow) {
    yield* output.of(log.read(call.signal), true);
    return;
  }
  const left = new AbortController();
  try {
    yield* readUntilEnded(log, output, AbortSignal.any([call.signal, left.signal]));
  } finally {
    left.abort();
  }
}

async function* readUntilEnded(log: ReadableLog, output: UnseenOutput, signal: AbortSignal): AsyncGenerator<LogChunk> {
  const wake = new Wake(signal);
  const pace = new Pace();
  watchEnd(log, wake, signal).catch(() => undefined); // only cancelling ends it
  for (let first = true; ; first = false) {
    wake.arm();
    const state = await log.look(signal);
    if (state === 'gone' && !first) return;
    const bell = new AbortController();
    try {
      // The bell is hung before the read, so that what is written in between rings.
      if (state === 'live') void ringOnce(log, wake, AbortSignal.any([signal, bell.signal]));
      const round = yield* readOnce(log, output, { signal, first, last: state !== 'live' });
      if (round.over) return;
      pace.note(round);
      await wake.rest(pace.rest);
      pace.rang = await wake.patience(pace.patience);
    } finally {
      bell.abort();
    }
  }
}

interface Round {
  readonly over: boolean;
  readonly news: boolean;
  readonly costMilliseconds: number;
}

async function* readOnce(
  log: ReadableLog,
  output: UnseenOutput,
  { signal, first, last }: { readonly signal: AbortSignal; readonly first: boolean; readonly last: boolean },
): AsyncGenerator<LogChunk, Round> {
  const before = output.given;
  const meter = { milliseconds: 0 };
  let gone = false;
  try {
    yield* output.of(metered(log.read(signal), meter), last);
  } catch (error) {
    if (first || !FairleadError.is(error, 'CONTAINER_NOT_FOUND')) throw error;
    gone = true;
  }
  if (!output.whole && !gone) {
    gone = (await log.look(signal)) === 'gone';
    if (!gone) throw cutLog();
  }
  return { over: last || gone, news: output.given > before, costMilliseconds: meter.milliseconds };
}

/** How long to rest after a read, and how long to wait for the bell at most, in milliseconds. */
class Pace {
  rest = 0;
  patience = 0;
  /** Whether the bell caused the read that is noted next. */
  rang = false;
  #idleReads = 0;
  #idleRings = 0;

  /** What nothing new comes of is done half as often: reads without a ring, and reads for a bell that rings in vain. */
  note({ news, costMilliseconds }: Round): void {
    this.#idleReads = news ? 0 : Math.min(this.#idleReads + 1, 10);
    this.#idleRings = news || !this.rang ? 0 : Math.min(this.#idleRings + 1, 10);
    this.rest = Math.max(Math.min(50 * 2 ** this.#idleRings, 5_000), 4 * costMilliseconds);
    this.patience = Math.max(Math.min(1_000 * 2 ** this.#idleReads, 60_000), 20 * costMilliseconds);
  }
}

async function watchEnd(log: ReadableLog, wake: Wake, signal: AbortSignal): Promise<never> {
  for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
    // What fails here tells nothing: the reader looks as well, and rejects with the reason.
    await log.wait(signal).catch(() => undefined);
    const state = await log.look(signal).catch(() => 'live');
    if (state !== 'live') wake.end();
    await sleep(pause, signal);
  }
}

/** A bell that fails or ends says no more than one that rings: read again. */
async function ringOnce(log: ReadableLog, wake: Wake, signal: AbortSignal): Promise<void> {
  const rings = log.bell?.(signal)[Symbol.asyncIterator]();
  await rings?.next().catch(() => undefined);
  if (!signal.aborted) wake.ring();
  await rings?.return?.().catch(() => undefined);
}

async function* metered<T>(source: AsyncIterable<T>, meter: { milliseconds: number }): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const asked = performance.now();
      const item = await items.next();
      meter.milliseconds += performance.now() - asked;
      if (item.done === true) return;
      yield item.value;
    }
  } finally {
    await items.return?.();
  }
}

function cutLog(): FairleadError {
  return new FairleadError({
    code: 'ENGINE_FAILURE',
    operation: 'logs',
    message: 'the log became shorter while it was followed, so output may be missing',
    hint: 'Let the engine keep whole logs: no size limit and no rotation for log files.',
  });
}
