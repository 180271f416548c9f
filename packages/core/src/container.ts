import type { Call } from './call.ts';
import type { FairleadError } from './errors.ts';
import type { ExecOptions, ExecProcess } from './exec.ts';
import type { LogChunk, LogLine, LogOptions, LogStream } from './logs.ts';

/** How a container ended. `code` is 128 and the signal's number for a container that a signal ended, on every engine. */
export type ExitStatus = {
  /** Counts the starts of this container from 1. */
  readonly attempt: number;
  readonly startedAt?: string | undefined;
  readonly finishedAt?: string | undefined;
} & (
  | { readonly reason: 'ok'; readonly code: 0 }
  | { readonly reason: 'error'; readonly code: number }
  | { readonly reason: 'oom'; readonly code?: number | undefined }
  /** Told only by the process that asked for the end. */
  | { readonly reason: 'killed'; readonly code?: number | undefined }
  /** It ended, and the engine no longer knows how. */
  | { readonly reason: 'lost'; readonly code?: undefined }
  | { readonly reason: 'start-error'; readonly message: string; readonly code?: undefined }
);

/** Where a container is in its life. `rawState` is the engine's own word. */
export type ContainerState = { readonly rawState: string; readonly attempt: number } & (
  | { readonly phase: 'created' | 'running' | 'paused' | 'restarting' | 'stopping' | 'removing' }
  | { readonly phase: 'exited'; readonly exit: ExitStatus }
  /** It was there and is gone. */
  | { readonly phase: 'lost' }
  /** The engine does not answer. */
  | { readonly phase: 'unknown'; readonly error: FairleadError }
);

/** What is known of a container. */
export interface ContainerInfo {
  /** The engine's full id. */
  readonly id: string;
  readonly name: string;
  /** The reference as the caller gave it; for a container not made by the library, the engine's word for its image. */
  readonly image: string;
  readonly createdAt: string;
  readonly state: ContainerState;
  /** The caller's labels and the image's, without the library's own. */
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined for a container that the library did not make. */
  readonly owner?: string | undefined;
  readonly session?: string | undefined;
  readonly runId?: string | undefined;
  /** The user that runs inside, as the spec, the image or the engine names it; `0` where none of them does. */
  readonly user?: string | undefined;
}

/** Finds a container again after the process that made it is gone. Plain JSON. */
export interface ContainerRef {
  readonly v: 1;
  readonly backend: string;
  readonly engineId: string;
  readonly endpoint: string;
  readonly id: string;
  readonly owner: string;
}

/** How to stop. */
export interface StopOptions extends Call {
  /** Whole seconds before `SIGKILL`. Default: the container's own. */
  readonly graceSeconds?: number | undefined;
  /** Allows to change a container of another owner. Default false. */
  readonly foreign?: boolean | undefined;
}

/** How to send a signal or remove. */
export interface ChangeOptions extends Call {
  /** Allows to change a container of another owner, or one that the library did not make. Default false. */
  readonly foreign?: boolean | undefined;
}

/**
 * A container at hand. Disposing it kills and removes it without grace, unless it was detached or adopted.
 */
export interface Container extends AsyncDisposable {
  readonly id: string;
  readonly name: string;
  readonly backend: string;
  /** JSON that `adopt` takes, in this or any later process. */
  readonly ref: ContainerRef;
  /** Never rejects for a container that is gone (`lost`) or an engine that does not answer (`unknown`). */
  inspect(options?: Call): Promise<ContainerInfo>;
  /** Waits for the end. A code other than 0 is a result, not an error. An abort ends the waiting only. */
  wait(options?: Call): Promise<ExitStatus>;
  logs(options?: LogOptions & { readonly as?: 'lines' | undefined }): LogStream<LogLine>;
  logs(options: LogOptions & { readonly as: 'chunks' }): LogStream<LogChunk>;
  /** Runs a command in the running container. @throws FairleadError `CONFLICT` if it does not run, `NOT_OWNED` */
  exec(command: readonly string[], options?: ExecOptions): Promise<ExecProcess>;
  /** Ends it with its stop signal, and by force after the grace. Resolves at once if it has ended. */
  stop(options?: StopOptions): Promise<void>;
  /** Sends a signal, `SIGKILL` by default. Resolves if it has ended. */
  kill(signal?: string, options?: ChangeOptions): Promise<void>;
  /** Removes it, running or not. Resolves if it is gone. */
  remove(options?: ChangeOptions): Promise<void>;
  /** Gives it up: disposing this handle no longer removes it, and `reap` leaves it alone. */
  detach(): Promise<ContainerRef>;
}
