import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { FairleadError } from '../errors.ts';

/** Why a path cannot be the socket of an engine, and what to do about it (B10, B11, H16). */
export interface SocketProblem {
  readonly code: 'INVALID_SPEC' | 'UNAVAILABLE' | 'ACCESS_DENIED';
  /** One sentence that names the value. */
  readonly reason: string;
  readonly hint: string;
}

/** Longest path that fits into `sun_path`, in bytes: 108 with its final zero (unix(7)). */
const longestPath = 107;
const anExample = 'for example /var/run/engine.sock';

/** The absolute path that a `socketPath` option means, or what is wrong with how it is written. Looks at no file. */
export function parseSocketPath(value: string): { readonly path: string } | { readonly problem: SocketProblem } {
  const written = JSON.stringify(value);
  const invalid = (reason: string, hint: string): { readonly problem: SocketProblem } => ({
    problem: { code: 'INVALID_SPEC', reason: `socketPath ${written} ${reason}`, hint },
  });
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'unix') {
    return invalid(
      `is a ${scheme}:// address, not the path of a unix socket`,
      `Give the absolute path of a unix socket, ${anExample}; other addresses go into the option "host".`,
    );
  }
  const path = scheme === undefined ? value : value.slice('unix://'.length);
  if (scheme !== undefined && !path.startsWith('/')) {
    return invalid(
      'names a host, but a unix socket has none',
      'Write three slashes: unix:///absolute/path, or the path alone.',
    );
  }
  if (!isAbsolute(path)) return invalid('is not absolute', `Give an absolute path, ${anExample}.`);
  if (path.includes('\0')) return invalid('holds a zero byte', 'Give a path that a file can have.');
  if (Buffer.byteLength(path) > longestPath) {
    return invalid(
      `has ${Buffer.byteLength(path)} bytes, and the system takes ${longestPath}`,
      'Give a shorter path, for example a symbolic link to the folder.',
    );
  }
  return { path };
}

/** What hinders connecting to a socket, as far as its file tells; undefined if nothing does. Makes nothing (H16). */
export async function inspectSocket(path: string): Promise<SocketProblem | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      return {
        code: 'INVALID_SPEC',
        reason: `${path} is a directory, not a socket`,
        hint: 'Remove it if it was made by mistake (a bind mount of a missing socket does that), then start the engine.',
      };
    }
    if (!found.isSocket()) {
      return {
        code: 'INVALID_SPEC',
        reason: `${path} is a file, not a socket`,
        hint: 'Give the path of the socket at which the engine listens.',
      };
    }
    await access(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return describeSystemError(path, error);
  }
}

/** What a failed connection to a socket means: the system's error, made precise by a look at the file. */
export async function explainDialError(path: string, error: unknown): Promise<SocketProblem> {
  const problem = (await inspectSocket(path)) ?? describeSystemError(path, error);
  return (
    problem ?? {
      code: 'UNAVAILABLE',
      reason: `cannot connect to ${path} (${systemCode(error) ?? 'unknown error'})`,
      hint: 'See whether the engine is running.',
    }
  );
}

/** The problem as an error to throw. */
export function toSocketError(
  problem: SocketProblem,
  where: { readonly backend: string; readonly operation?: string | undefined; readonly cause?: unknown },
): FairleadError {
  const { code, reason, hint } = problem;
  return new FairleadError({
    code,
    message: reason,
    hint,
    retryable: code === 'UNAVAILABLE' ? 'yes' : 'no',
    ...where,
  });
}

function describeSystemError(path: string, error: unknown): SocketProblem | undefined {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return {
      code: 'UNAVAILABLE',
      reason: `there is no socket at ${path}`,
      hint: 'Start the engine, or give the path at which it listens.',
    };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      code: 'ACCESS_DENIED',
      reason: `this user (uid ${process.getuid?.() ?? 'unknown'}) may not use the socket ${path}`,
      hint: 'Join the group that owns the socket, or use an engine of your own (rootless).',
    };
  }
  if (code === 'ECONNREFUSED') {
    return {
      code: 'UNAVAILABLE',
      reason: `nobody listens at ${path}, although the socket is there`,
      hint: 'Start the engine; what is there was left behind by one that ended.',
    };
  }
  return undefined;
}

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
