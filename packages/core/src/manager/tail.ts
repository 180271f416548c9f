import type { LogChunk, LogSource } from '../logs.ts';

const newline = 10;

/** Keeps the last lines of what is pushed, over both streams: engines count chunks instead of lines (C49). */
export class Tail {
  readonly #most: number;
  readonly #lines: LogChunk[][] = [];
  readonly #open = new Map<LogSource, LogChunk[]>();

  constructor(most: number) {
    this.#most = most;
  }

  push(chunk: LogChunk): void {
    for (const piece of atNewlines(chunk)) {
      const line = this.#open.get(chunk.stream) ?? this.#begin(chunk.stream);
      line.push(piece);
      if (piece.bytes.at(-1) === newline) this.#open.delete(chunk.stream);
    }
  }

  /** The chunks of the last lines, in the order in which the lines began. */
  take(): readonly LogChunk[] {
    return this.#lines.flat();
  }

  #begin(stream: LogSource): LogChunk[] {
    const line: LogChunk[] = [];
    this.#lines.push(line);
    this.#open.set(stream, line);
    if (this.#lines.length > this.#most) this.#lines.shift();
    return line;
  }
}

function* atNewlines(chunk: LogChunk): Iterable<LogChunk> {
  let from = 0;
  while (from < chunk.bytes.length) {
    const at = chunk.bytes.indexOf(newline, from);
    const to = at === -1 ? chunk.bytes.length : at + 1;
    yield { ...chunk, bytes: chunk.bytes.subarray(from, to) };
    from = to;
  }
}
