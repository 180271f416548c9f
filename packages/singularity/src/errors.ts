import { FairleadError, type ErrorCode } from '@fairlead/core';

/** The backend's name, as errors and managers tell it. */
export const backendName = 'singularity';

/** What the engine said before it gave up. */
export interface EngineRefusal {
  readonly code: ErrorCode;
  /** The engine's words, without its prefix. */
  readonly reason: string;
  readonly hint?: string | undefined;
}

interface Rule {
  readonly text: RegExp;
  readonly code: ErrorCode;
  readonly hint: string;
}

/**
 * What the engine's words mean: its exit code is 255 for all of them (C178). The first rule wins; what no rule knows is
 * START_FAILED. Source: measured lines of Apptainer 1.4.5.
 */
const rules: readonly Rule[] = [
  {
    text: /mount source .* doesn't exist/s,
    code: 'MOUNT_SOURCE_MISSING',
    hint: 'Create the source of the mount on this host before the start.',
  },
  {
    text: /could not open image .*no such file or directory/s,
    code: 'IMAGE_NOT_FOUND',
    hint: 'The image was there when the container was created: put it back, or create the container again.',
  },
  {
    text: /image format not recognized|read the squashfs image|bad superblock/s,
    code: 'CORRUPT_IMAGE',
    hint: 'Fetch or build the image again.',
  },
  {
    text: /image's architecture/s,
    code: 'PLATFORM_MISMATCH',
    hint: 'Build the image for the architecture of this host.',
  },
  {
    text: /failed to set working directory/s,
    code: 'START_FAILED',
    hint: 'workdir must exist in the image or be the target of a mount.',
  },
  {
    // The library's own word for what the witness told (C185).
    text: /has no runscript/,
    code: 'START_FAILED',
    hint: 'Give entrypoint, or entrypoint: [] and command.',
  },
  {
    text: /executable file not found|no such file or directory$/s,
    code: 'START_FAILED',
    hint: 'The command must exist in the image; entrypoint and command say what runs.',
  },
];

/** The engine's own last line on stderr, without its prefix; undefined where it wrote none. */
export function fatalLine(stderr: string): string | undefined {
  return /^FATAL: {2,}(.*)$/m.exec(stderr)?.[1];
}

/** Whether this is nothing but the engine's own word: one FATAL line, which no command added to (S8). */
export function isOnlyFatal(stderr: string): boolean {
  return /^FATAL: {2,}[^\n]*\n?$/.test(stderr);
}

/** Translates the engine's line. */
export function explainFatal(line: string): EngineRefusal {
  const rule = rules.find(({ text }) => text.test(line));
  return rule === undefined
    ? { code: 'START_FAILED', reason: line }
    : { code: rule.code, reason: line, hint: rule.hint };
}

/** An engine that cannot be used. */
export function unavailable({ reason, hint }: { readonly reason: string; readonly hint: string }): FairleadError {
  return new FairleadError({ code: 'UNAVAILABLE', backend: backendName, message: reason, hint });
}

/** An id that nobody knows. */
export function containerNotFound(id: string, operation: string): FairleadError {
  return new FairleadError({
    code: 'CONTAINER_NOT_FOUND',
    backend: backendName,
    operation,
    message: `there is no container ${JSON.stringify(id)}`,
    details: { id },
  });
}

/** Processes of a container that this one cannot see. */
export function otherNamespace(name: string): FairleadError {
  return new FairleadError({
    code: 'UNAVAILABLE',
    backend: backendName,
    message: `the processes of container ${name} are in another PID namespace`,
    hint: 'Ask from where it was started.',
    details: { name },
  });
}

/** A volume that is not there. */
export function volumeNotFound(name: string, operation: string): FairleadError {
  return new FairleadError({
    code: 'VOLUME_NOT_FOUND',
    backend: backendName,
    operation,
    message: `there is no volume ${JSON.stringify(name)}`,
    hint: 'Make it with createVolume() first.',
    details: { volume: name },
  });
}

/** A failure of the file system in the library's own folders, or the error itself where it is none. */
export function toStorageError(error: unknown, operation: string): unknown {
  if (!isSystemError(error)) return error;
  const denied = error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS';
  return new FairleadError({
    code: denied ? 'ACCESS_DENIED' : 'ENGINE_FAILURE',
    backend: backendName,
    operation,
    message: `the file system refused: ${error.message}`,
    hint: storageHint(error.code),
    details: { path: error.path, system: error.code },
    cause: error,
  });
}

/** An error that the operating system gave. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

function storageHint(code: string): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'Make room, or point XDG_STATE_HOME and TMPDIR elsewhere.';
  return 'The state folder ($XDG_STATE_HOME) and $TMPDIR must be writable by this user.';
}
