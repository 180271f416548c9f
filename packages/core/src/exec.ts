import type { Call } from './call.ts';
import type { LogLine, LogStream } from './logs.ts';

/** How to run a command inside a running container. */
export interface ExecOptions extends Call {
  /** Added to the container's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: the container's. */
  readonly workdir?: string | undefined;
  /** Default: the container's. */
  readonly user?: string | undefined;
}

/** What a command gave; output beyond 16 MiB a stream is cut and `truncated` is true. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

/** What an exec gave. A code other than 0 is a result, not an error. */
export interface ExecResult extends Output {
  readonly code: number;
}

/**
 * A command that runs inside a container. Read `lines` or await `result`, not both. Cancelling the call, leaving
 * `lines` before their end and disposing kill it, with its children; in a container without a shell, an engine may not
 * be able to, which its probe says in `notes`.
 */
export interface ExecProcess extends AsyncDisposable {
  readonly lines: LogStream<LogLine>;
  /** Output and code, once it has ended. */
  result(): Promise<ExecResult>;
  /**
   * The code alone, for who reads `lines`: told once they (or `result`) have been read to the end; unread, a
   * command has no end. A code other than 0 is a result, not an error.
   * @throws FairleadError `CONFLICT` if the command was left before its end; else what ended the lines, or cancelled the call
   */
  exit(): Promise<number>;
}
