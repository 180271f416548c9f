import type { ImageConfig } from '../image/image.ts';
import type { NetworkMode, Resources } from '../spec.ts';
import type { ProgramFiles } from './program-files.ts';

/** What an image of the in-memory engine does: its result is the exit code, 0 if there is none. */
export type MemoryProgram = (context: ProgramContext) => number | void | Promise<number | void>;

/** An image of the in-memory engine. */
export interface MemoryImage {
  readonly run: MemoryProgram;
  /** What the image says of itself. */
  readonly config?: ImageConfig | undefined;
  /** What its root file system holds, by absolute path. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** The commands that exist in it; another one cannot be started. Default: every one exists. */
  readonly commands?: readonly string[] | undefined;
}

/** What a program sees of the container that it runs in. */
export interface ProgramContext {
  /** Entrypoint and command. */
  readonly argv: readonly string[];
  /** The image's environment and the spec's. */
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  /** As the spec or the image names it, `0` by default. */
  readonly user: string;
  readonly hostname: string;
  readonly network: NetworkMode['mode'];
  readonly resources: Resources;
  /** The container's files: its root, injected files and mounts. */
  readonly files: ProgramFiles;
  readonly stdout: ProgramOutput;
  readonly stderr: ProgramOutput;
  /** Aborted when the container has been killed; what is written afterwards is dropped. */
  readonly signal: AbortSignal;
  /** Handles a signal such as `SIGTERM`, which otherwise ends the program with 128 and the signal's number. */
  on(signal: string, handler: () => void): void;
}

/** One of a program's streams. */
export interface ProgramOutput {
  write(data: string | Uint8Array): void;
}
