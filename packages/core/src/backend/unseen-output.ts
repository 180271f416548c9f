import type { LogChunk, LogSource } from '../logs.ts';

/** Bytes without a newline that are held back at most; a longer piece of a line is given as it is. */
const longestHold = 64 * 1024;

/**
 * Gives of repeated reads of one growing log what has not been given yet, by count of bytes per stream. Every read
 * starts at the beginning and is a prefix of the truth for each stream (L8), so the count is exact where times,
 * lines and follows are not (L1, L11).
 */
export class UnseenOutput {
  readonly #given: Record<LogSource, number>;
  readonly #longest: Record<LogSource, number> = { stdout: 0, stderr: 0 };

  /** `skip` are the bytes that the caller has already. */
  constructor(skip: Readonly<Record<LogSource, number>>) {
    this.#given = { stdout: skip.stdout, stderr: skip.stderr };
  }

  /**
   * The new bytes of one read. Before the last read it stops at the last newline, because a prefix may end inside
   * a line (L9); what is held back comes with the next read.
   */
  async *of(read: AsyncIterable<LogChunk>, last: boolean): AsyncGenerator<LogChunk> {
    const passes = { stdout: new Pass(this.#given.stdout), stderr: new Pass(this.#given.stderr) };
    for await (const chunk of read) {
      for (const ready of passes[chunk.stream].take(chunk)) yield this.#give(ready);
    }
    for (const stream of streams) {
      if (last) for (const ready of passes[stream].held()) yield this.#give(ready);
      this.#longest[stream] = Math.max(this.#longest[stream], passes[stream].length);
    }
    this.#whole = streams.every((stream) => passes[stream].length >= this.#longest[stream]);
  }

  /** Bytes given so far, those that the caller had included. */
  get given(): number {
    return this.#given.stdout + this.#given.stderr;
  }

  /** False if the last read was shorter than one before it: the log was cut, so counting no longer holds. */
  get whole(): boolean {
    return this.#whole;
  }

  #whole = true;

  #give(chunk: LogChunk): LogChunk {
    this.#given[chunk.stream] += chunk.bytes.length;
    return chunk;
  }
}

const streams = ['stdout', 'stderr'] as const;

/** One stream within one read. */
class Pass {
  readonly #skip: number;
  #held: LogChunk[] = [];
  #heldBytes = 0;
  length = 0;

  constructor(skip: number) {
    this.#skip = skip;
  }

  /** What is ready to be given once this chunk has come. */
  take(chunk: LogChunk): readonly LogChunk[] {
    const known = Math.max(0, this.#skip - this.length);
    this.length += chunk.bytes.length;
    if (known >= chunk.bytes.length) return [];
    const fresh = chunk.bytes.subarray(known);
    const end = fresh.lastIndexOf(newline) + 1;
    if (end === 0) return this.#hold(chunk, fresh);
    const ready = [...this.held(), { ...chunk, bytes: fresh.subarray(0, end) }];
    if (end < fresh.length) this.#hold(chunk, fresh.subarray(end));
    return ready;
  }

  /** What has been held back; it is held no longer. */
  held(): readonly LogChunk[] {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  #hold(chunk: LogChunk, bytes: Uint8Array): readonly LogChunk[] {
    this.#held.push({ ...chunk, bytes });
    this.#heldBytes += bytes.length;
    return this.#heldBytes > longestHold ? this.held() : [];
  }
}

const newline = 0x0a;
