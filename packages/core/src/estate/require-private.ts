import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { FairleadError } from '../errors.ts';

/** What a folder is to its user. */
export interface PrivateFolder {
  /** What errors call it. Default `state folder`. */
  readonly called?: string;
  /** The option by which another one can be given. Default `stateFolder`. */
  readonly option?: string;
  /** Whose it has to be. Default: this process's user. */
  readonly uid?: number | undefined;
}

/**
 * Refuses a folder that another user of this host may have prepared, or may change: what lies in it is executed,
 * deleted and believed. Resolves if it is absent: then nobody has prepared it, and it will be made for this user alone.
 * Folders above it are not looked at; a sticky one that all may write to, as /tmp, is as good as any.
 * @throws FairleadError `ACCESS_DENIED`
 */
export async function requirePrivate(path: string, folder: PrivateFolder = {}): Promise<void> {
  const { uid = process.getuid?.() } = folder;
  // Without user ids (Windows) modes say nothing either.
  if (uid === undefined) return;
  const found = await lstat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw denied(path, folder, { why: `cannot be looked at (${cause.code ?? cause.message})`, cause });
  });
  const fault = found === undefined ? undefined : faultOf(found, uid);
  if (fault !== undefined) throw denied(path, folder, { why: fault });
}

function faultOf(found: Stats, uid: number): string | undefined {
  if (found.isSymbolicLink()) return 'is a symbolic link';
  if (!found.isDirectory()) return undefined;
  if (found.uid !== uid) return `belongs to user ${found.uid}, and this is user ${uid}`;
  if ((found.mode & 0o022) === 0) return undefined;
  return `can be written to by others (mode ${(found.mode & 0o7777).toString(8)})`;
}

function denied(
  path: string,
  { called = 'state folder', option = 'stateFolder' }: PrivateFolder,
  { why, cause }: { readonly why: string; readonly cause?: unknown },
): FairleadError {
  return new FairleadError({
    code: 'ACCESS_DENIED',
    message: `the ${called} ${JSON.stringify(path)} ${why}: another user could have prepared what is in it`,
    hint: `Give as ${option} a folder that is yours alone (mode 700), or one that does not exist yet.`,
    details: { [option]: path },
    cause,
  });
}
