import type { Call } from './call.ts';

/** The two streams of a container. The order between them is not kept by any engine (C42). */
export type LogSource = 'stdout' | 'stderr';

/** A line without its newline. */
export interface LogLine {
  readonly stream: LogSource;
  readonly text: string;
  /** RFC 3339 with nanoseconds, as exact as the engine tells it; present when `timestamps` was asked for. */
  readonly time?: string | undefined;
  /** True for what was written without a newline before the end, or a piece of a line above 1 MiB. */
  readonly partial?: boolean | undefined;
  /** Which container of a play wrote it. */
  readonly container?: string | undefined;
}

/** Bytes as they were written; a chunk is not a line. */
export interface LogChunk {
  readonly stream: LogSource;
  readonly bytes: Uint8Array;
  readonly time?: string | undefined;
}

/** What to read of a container's output. Default: all that is there, both streams. */
export interface LogOptions extends Call {
  /** Go on until the container has ended. Default false. */
  readonly follow?: boolean | undefined;
  /** Only the last lines that are there now, counted over both streams. Default: all. */
  readonly tail?: number | undefined;
  /** Only what was written at or after this time. Default: all. */
  readonly since?: Date | string | undefined;
  /** Gives each line its time. Default false. */
  readonly timestamps?: boolean | undefined;
  readonly as?: 'lines' | 'chunks' | undefined;
}

/** Why a stream of logs ended. `exited` promises that nothing is missing. */
export type LogEnd =
  | { readonly reason: 'exited' | 'end-of-tail' | 'removed' | 'left' }
  | { readonly reason: 'interrupted'; readonly error: unknown };

/**
 * Log lines or chunks as they come, to be read once. It starts when it is first read; leaving the loop frees what the
 * engine holds for it.
 */
export interface LogStream<T> extends AsyncIterable<T>, AsyncDisposable {
  /** Settles when the stream has ended; never rejects. */
  readonly ended: Promise<LogEnd>;
}
