import type { LogChunk, LogSource } from '@fairlead/core';

/**
 * The lines of `plain` with the times that begin the lines of `stamped`, a read of the same log with timestamps.
 * Lines correspond one to one for each stream, because neither times nor cuts bring newlines. It ends where one of
 * the two has no more.
 */
export async function* stampLines(
  plain: AsyncGenerator<LogChunk>,
  stamped: AsyncGenerator<LogChunk>,
): AsyncGenerator<LogChunk> {
  const times = new Times(stamped);
  const open: Record<LogSource, string | undefined> = { stdout: undefined, stderr: undefined };
  try {
    for await (const { stream, bytes } of pieces(plain)) {
      const time = open[stream] ?? (await times.next(stream));
      if (time === undefined) continue;
      open[stream] = bytes.at(-1) === newline ? undefined : time;
      yield { stream, bytes, time };
    }
  } finally {
    await stamped.return(undefined);
  }
}

async function* pieces(source: AsyncIterable<LogChunk>): AsyncGenerator<LogChunk> {
  for await (const { stream, bytes } of source) for (const piece of splitLines(bytes)) yield { stream, bytes: piece };
}

const newline = 0x0a;

/** The times at which the lines of each stream began. */
class Times {
  readonly #source: AsyncGenerator<LogChunk>;
  readonly #known: Record<LogSource, string[]> = { stdout: [], stderr: [] };
  readonly #atStart: Record<LogSource, boolean> = { stdout: true, stderr: true };
  readonly #begun: Record<LogSource, string> = { stdout: '', stderr: '' };

  constructor(source: AsyncGenerator<LogChunk>) {
    this.#source = source;
  }

  async next(stream: LogSource): Promise<string | undefined> {
    for (;;) {
      const known = this.#known[stream].shift();
      if (known !== undefined) return known;
      const { done, value } = await this.#source.next();
      if (done === true) return undefined;
      this.#take(value);
    }
  }

  #take({ stream, bytes }: LogChunk): void {
    for (const piece of splitLines(bytes)) {
      if (this.#atStart[stream]) this.#begin(stream, piece);
      if (piece.at(-1) === newline) this.#atStart[stream] = true;
    }
  }

  /** A time ends with the blank before the text; a chunk's border may lie inside it. */
  #begin(stream: LogSource, piece: Uint8Array): void {
    const text = this.#begun[stream] + Buffer.from(piece.subarray(0, longestTime)).toString('latin1');
    const end = text.indexOf(' ');
    this.#begun[stream] = end < 0 ? text : '';
    if (end < 0) return;
    this.#known[stream].push(toUtc(text.slice(0, end)));
    this.#atStart[stream] = false;
  }
}

/** Longest time podman writes: nanoseconds and an offset. */
const longestTime = 64;

/** podman writes the offset of its own time zone; the library tells UTC. */
function toUtc(time: string): string {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d:\d\d)$/.exec(time);
  if (parts === null) return time;
  const [, seconds = '', fraction = '', offset = ''] = parts;
  return new Date(`${seconds}${offset}`).toISOString().replace('.000Z', `${fraction}Z`);
}

/** Pieces that each end with a newline, but for the last. */
function* splitLines(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(newline, at);
    const next = end < 0 ? bytes.length : end + 1;
    yield bytes.subarray(at, next);
    at = next;
  }
}
