import type { BackendLogRequest } from '../backend/backend.ts';
import type { LogChunk, LogSource } from '../logs.ts';

interface Entry {
  readonly stream: LogSource;
  readonly bytes: Uint8Array;
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
}

/** What a container of the in-memory engine wrote, and when. */
export class MemoryLog {
  readonly #entries: Entry[] = [];
  #closed = false;
  #grown: PromiseWithResolvers<void> = Promise.withResolvers();

  write(stream: LogSource, data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data.slice();
    if (this.#closed || bytes.length === 0) return;
    this.#entries.push({ stream, bytes, at: performance.timeOrigin + performance.now() });
    this.#wake();
  }

  /** Nothing can be written any more; followers end. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async *read(request: BackendLogRequest, signal: AbortSignal): AsyncGenerator<LogChunk> {
    const skip = { ...request.skip };
    for (let next = 0; ;) {
      signal.throwIfAborted();
      for (; next < this.#entries.length; next += 1) {
        const entry = this.#entries[next];
        if (entry !== undefined) yield* chunksOf(entry, request, skip);
        signal.throwIfAborted();
      }
      if (this.#closed || !request.follow) return;
      await this.#change(signal);
    }
  }

  #wake(): void {
    this.#grown.resolve();
    this.#grown = Promise.withResolvers();
  }

  async #change(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const abort = (): void => aborted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    await Promise.race([this.#grown.promise, aborted.promise]);
    signal.removeEventListener('abort', abort);
  }
}

function* chunksOf(entry: Entry, request: BackendLogRequest, skip: Record<LogSource, number>): Generator<LogChunk> {
  if (request.since !== undefined && entry.at < request.since.getTime()) return;
  const known = Math.min(skip[entry.stream], entry.bytes.length);
  skip[entry.stream] -= known;
  const bytes = entry.bytes.subarray(known);
  if (!request.timestamps) {
    if (bytes.length > 0) yield { stream: entry.stream, bytes };
    return;
  }
  const time = new Date(entry.at).toISOString();
  for (const line of linesOf(bytes)) yield { stream: entry.stream, bytes: line, time };
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(newline, from);
    const to = end < 0 ? bytes.length : end + 1;
    yield bytes.subarray(from, to);
    from = to;
  }
}

const newline = 0x0a;
