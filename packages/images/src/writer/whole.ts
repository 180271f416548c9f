import { lstat, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FairleadError } from '@fairlead/core';
import { quote } from '../failure.ts';

/** Where to write, and what that becomes. */
export interface WholeTarget {
  /** A trailing slash changes nothing; the folder that it lies in must exist. */
  readonly to: string;
  /** A folder that is there must be empty; a file is replaced. */
  readonly kind: 'file' | 'folder';
  readonly signal: AbortSignal | undefined;
}

/**
 * Writes beside the target and renames, so that nobody sees half of it and nothing is left of a failure.
 * @throws FairleadError `CONFLICT` for a target that holds something or is of another kind, `INVALID_SPEC` for one in a
 * folder that does not exist, `ACCESS_DENIED`, `CONVERSION_FAILED` where the system refuses otherwise
 */
export async function whole<T>(target: WholeTarget, write: (draft: string) => Promise<T>): Promise<T> {
  const { kind, signal } = target;
  const path = resolve(target.to);
  const draft = `${path}.${process.pid}-${crypto.randomUUID()}.part`;
  try {
    // Before anything is written: what is large may take minutes.
    await checkParent(path);
    await checkFree(path, kind);
    const written = await write(draft);
    if (kind === 'folder') await rmdir(path).catch(ignoreAbsent);
    await rename(draft, path);
    return written;
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    signal?.throwIfAborted();
    throw targetError(path, draft, error);
  }
}

async function checkParent(path: string): Promise<void> {
  const folder = dirname(path);
  const found = await stat(folder).catch((error: unknown) => {
    ignoreAbsent(error);
  });
  if (found?.isDirectory() === true) return;
  const why = found === undefined ? 'does not exist' : 'is no folder';
  throw new FairleadError({
    code: 'INVALID_SPEC',
    message: `${quote(path)} cannot be written: ${quote(folder)} ${why}`,
    hint: found === undefined ? 'Make that folder first, or choose another target.' : 'Choose another target.',
    details: { path, folder },
  });
}

async function checkFree(path: string, kind: WholeTarget['kind']): Promise<void> {
  const found = await lstat(path).catch(ignoreAbsent);
  if (found === undefined) return;
  if (kind === 'file' && found.isDirectory()) throw occupied(path, 'is a folder, and a file is to be written');
  if (kind === 'folder' && (!found.isDirectory() || (await readdir(path)).length > 0)) throw occupied(path, notEmpty);
}

const notEmpty = 'exists and is not an empty folder';

function occupied(path: string, why: string, cause?: unknown): FairleadError {
  return new FairleadError({
    code: 'CONFLICT',
    message: `${quote(path)} ${why}`,
    hint: 'Choose another target, or remove this one first.',
    details: { path },
    cause,
  });
}

function ignoreAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
    return undefined;
  throw error;
}

const denied: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);
/** What the system says of a target that somebody else made meanwhile. */
const taken: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'EISDIR', 'ENOTDIR']);

/** The system's refusal of a target, as an error that names it; any other error as it is. */
export function targetError(path: string, draft: string, error: unknown): unknown {
  if (!isSystemError(error) || !concerns(error, [path, draft, dirname(path)])) return error;
  if (taken.has(error.code)) return occupied(path, notEmpty, error);
  const access = denied.has(error.code);
  return new FairleadError({
    code: access ? 'ACCESS_DENIED' : 'CONVERSION_FAILED',
    message: `${quote(path)} cannot be written (${error.code})`,
    hint: access
      ? `Give this user the right to write into ${quote(dirname(path))}, or choose another target.`
      : 'Make room if the disk is full, or choose another target.',
    details: { path, errno: error.code },
    cause: error,
  });
}

type SystemError = Error & { readonly code: string; readonly syscall: string; readonly path?: unknown };

function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error &&
    !FairleadError.is(error) &&
    'syscall' in error &&
    typeof error.syscall === 'string' &&
    'code' in error &&
    typeof error.code === 'string'
  );
}

/** Errors of an open file name no path; only what is written to is the target's. What is read has its own errors. */
function concerns({ path, syscall }: SystemError, own: readonly string[]): boolean {
  if (typeof path !== 'string') return /^(?:write|pwrite|ftruncate|fsync|close)/.test(syscall);
  return own.some((each) => path === each || path.startsWith(`${each}/`));
}
