/** A program to run and how. */
export interface CommandOptions {
  /** Ends the command: SIGTERM, after 2 s SIGKILL, to its whole process group. The call then rejects with the reason. */
  readonly signal: AbortSignal;
  /** The whole environment: nothing of this process is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default `/`, which always exists and pins nothing. */
  readonly cwd?: string | undefined;
  /** What the command reads. Written while its output is read (H8). Default: nothing. */
  readonly input?: CommandInput | undefined;
}

/**
 * Bytes, a stream of bytes, or an open file descriptor, which the command then has as its own: `/dev/stdin` can be
 * opened only if it is a file, because Node gives sockets where other programs give pipes (L42).
 */
export type CommandInput = Uint8Array | AsyncIterable<Uint8Array> | { readonly fd: number };

/** How a command ended. */
export interface CommandExit {
  /** The exit code, or 128 and the signal's number. */
  readonly code: number;
  /** Set where a signal ended it. */
  readonly signal: NodeJS.Signals | undefined;
  /** The last 16 KiB that it wrote to stderr. Not a sign of failure by itself (H10). */
  readonly stderr: string;
}

/** Bytes as a command wrote them; a chunk is not a line. */
export interface CommandChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}
