import { FairleadError } from '../../errors.ts';
import type { LogChunk, LogSource } from '../../logs.ts';
import type { BackendLogRequest } from '../backend.ts';
import { followByReads, type ReadableLog } from '../follow-by-reads.ts';

/** A container that writes into a log which only reads without follow tell truly. */
export class FakeLog implements ReadableLog {
  readonly written: { stdout: Buffer; stderr: Buffer } = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  state: 'live' | 'ended' | 'gone' = 'live';
  reads = 0;
  costMilliseconds = 0;
  chunkBytes = 8192;
  readonly aborted: string[] = [];
  #rings: (() => void)[] = [];
  #waits: (() => void)[] = [];

  write(stream: LogSource, text: string | Buffer): void {
    this.written[stream] = Buffer.concat([this.written[stream], Buffer.from(text)]);
    for (const ring of this.#rings.splice(0)) ring();
  }

  end(state: 'ended' | 'gone' = 'ended'): void {
    this.state = state;
    for (const wait of this.#waits.splice(0)) wait();
  }

  async *read(signal: AbortSignal): AsyncGenerator<LogChunk> {
    this.reads += 1;
    if (this.state === 'gone') throw new FairleadError({ code: 'CONTAINER_NOT_FOUND', message: 'gone' });
    const { stdout, stderr } = this.written;
    if (this.costMilliseconds > 0) await pause(this.costMilliseconds);
    for (const [stream, bytes] of [['stdout', stdout] as const, ['stderr', stderr] as const]) {
      for (let at = 0; at < bytes.length; at += this.chunkBytes) {
        signal.throwIfAborted();
        yield { stream, bytes: bytes.subarray(at, at + this.chunkBytes) };
      }
    }
  }

  async *bell(signal: AbortSignal): AsyncGenerator<undefined> {
    await this.#until(this.#rings, 'bell', signal);
    yield undefined;
  }

  async look(signal: AbortSignal): Promise<'live' | 'ended' | 'gone'> {
    signal.throwIfAborted();
    return this.state;
  }

  async wait(signal: AbortSignal): Promise<void> {
    if (this.state === 'live') await this.#until(this.#waits, 'wait', signal);
  }

  #until(list: (() => void)[], what: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      list.push(resolve);
      signal.addEventListener('abort', () => {
        this.aborted.push(what);
        reject(signal.reason);
      });
    });
  }
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export function ask(fields: Partial<BackendLogRequest> = {}): BackendLogRequest {
  return { follow: true, skip: { stdout: 0, stderr: 0 }, since: undefined, timestamps: false, ...fields };
}

export function follow(log: ReadableLog, request: BackendLogRequest = ask(), signal?: AbortSignal): AsyncGenerator<LogChunk> {
  return followByReads(log, request, { signal: signal ?? new AbortController().signal });
}

export class Collected {
  readonly bytes: Record<LogSource, Buffer[]> = { stdout: [], stderr: [] };
  text = (stream: LogSource): string => this.whole(stream).toString();
  whole = (stream: LogSource): Buffer => Buffer.concat(this.bytes[stream]);
}

/** Reads to the end in the background; `each` runs after every chunk. */
export function collect(
  chunks: AsyncIterable<LogChunk>,
  each?: () => Promise<void>,
): { readonly into: Collected; readonly done: Promise<void> } {
  const into = new Collected();
  const done = (async () => {
    for await (const chunk of chunks) {
      into.bytes[chunk.stream].push(Buffer.from(chunk.bytes));
      await each?.();
    }
  })();
  done.catch(() => undefined);
  return { into, done };
}

/** Numbered lines of 100 bytes. */
export function numberedLines(count: number): Buffer {
  return Buffer.from(
    Array.from({ length: count }, (_, i) => `${String(i).padStart(9, '0')} ${'x'.repeat(89)}\n`).join(''),
  );
}
