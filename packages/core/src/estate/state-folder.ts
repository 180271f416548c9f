import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { FairleadError } from '../errors.ts';
import { requirePrivate } from './require-private.ts';
import { readHostId } from './session.ts';
import { isWriterDead, unpublishedName } from './unpublished.ts';

/** Age in milliseconds at which a record that was never published counts as left, where nobody proves its writer dead. */
const staleMs = 60_000;

/**
 * Where the library keeps what engines cannot keep for it. Nothing is made before it is needed, and nothing is read or
 * written where another user could have prepared it: then each function throws FairleadError `ACCESS_DENIED`.
 */
export interface StateFolder {
  /** Absolute path: `$XDG_STATE_HOME/fairlead/HOST` by default. */
  readonly path: string;
  /** To be asked before reading or removing below `path` by other means than these functions. */
  requirePrivate(): Promise<void>;
  /** Path of a folder below it, made with mode 0700 if absent. @throws FairleadError `ACCESS_DENIED` */
  folder(...names: readonly string[]): Promise<string>;
  /** Removes a folder below it with all that is in it; resolves if there is none. */
  removeFolder(...names: readonly string[]): Promise<void>;
  /** Publishes a JSON record: written aside, then renamed. @throws FairleadError `ACCESS_DENIED` */
  writeRecord(kind: string, name: string, value: object): Promise<void>;
  /** A record, or undefined if there is none or it is not whole. Its content is unproven: parse it. */
  readRecord(kind: string, name: string): Promise<unknown>;
  listRecords(kind: string): Promise<readonly string[]>;
  removeRecord(kind: string, name: string): Promise<void>;
  /** Removes records of this kind that were written aside by processes that have died, or a minute ago or more. */
  removeUnpublished(kind: string): Promise<void>;
}

/**
 * The state folder at a path, or at the default for this user and host.
 * @throws FairleadError `INVALID_SPEC` for a path that is not absolute
 */
export function openStateFolder(path?: string): StateFolder {
  if (path !== undefined && !isAbsolute(path)) throw relativePath(path);
  const base = path ?? defaultPath();
  // Of the default path the library makes the last two folders, and could be given either by another user.
  const own = path === undefined ? [dirname(base), base] : [base];
  const check = async (): Promise<void> => {
    for (const each of own) await requirePrivate(each);
  };
  const checked = async <T>(work: () => Promise<T>): Promise<T> => {
    await check();
    return work();
  };
  const folder = async (...names: readonly string[]): Promise<string> => {
    await checked(() => makeFolder(base, base));
    // Checked again: another user may have been faster.
    return checked(() => makeFolder(base, join(base, ...names)));
  };
  return {
    path: base,
    requirePrivate: check,
    folder,
    removeFolder: (...names) => checked(() => remove(base, join(base, ...names))),
    writeRecord: async (kind, name, value) => writeRecord(base, { parent: await folder(kind), name, value }),
    readRecord: (kind, name) => checked(() => readRecord(base, join(base, kind, `${name}.json`))),
    listRecords: (kind) => checked(() => listRecords(base, join(base, kind))),
    removeRecord: (kind, name) => checked(() => remove(base, join(base, kind, `${name}.json`))),
    removeUnpublished: (kind) => checked(() => removeUnpublished(base, join(base, kind))),
  };
}

async function readRecord(base: string, path: string): Promise<unknown> {
  return parseRecord(await readFile(path, 'utf8').catch(absent(base, '')));
}

async function listRecords(base: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder).catch(absent<string[]>(base, []));
  return entries.filter((e) => e.endsWith('.json') && !e.startsWith('.')).map((e) => e.slice(0, -5));
}

async function writeRecord(
  base: string,
  { parent, name, value }: { readonly parent: string; readonly name: string; readonly value: object },
): Promise<void> {
  const aside = join(parent, unpublishedName(name));
  try {
    await writeFile(aside, JSON.stringify(value), { mode: 0o600 });
    await rename(aside, join(parent, `${name}.json`));
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw outOfReach(base, 'written', error);
  }
}

async function makeFolder(base: string, path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  } catch (error) {
    throw outOfReach(base, 'written', error);
  }
}

async function remove(base: string, path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(absent(base, undefined));
}

async function removeUnpublished(base: string, folder: string): Promise<void> {
  const entries = await readdir(folder).catch(absent<string[]>(base, []));
  for (const entry of entries.filter((name) => name.startsWith('.'))) {
    const path = join(folder, entry);
    if (!isWriterDead(entry) && !(await isStale(path))) continue;
    // What cannot be removed stays: it harms nobody, and the next sweep tries again.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function parseRecord(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function isStale(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.mtimeMs > staleMs;
}

function defaultPath(): string {
  const { XDG_STATE_HOME: given } = process.env;
  // A relative path is to be ignored (XDG Base Directory Specification).
  const home = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.local', 'state');
  return join(home, 'fairlead', readHostId());
}

function absent<T>(base: string, value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw outOfReach(base, 'read', error);
  };
}

function relativePath(path: string): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    message: `the state folder ${JSON.stringify(path)} is not an absolute path`,
    details: { stateFolder: path },
  });
}

/** The error of a state folder that this user cannot use. */
export function outOfReach(path: string, verb: 'read' | 'written', cause: unknown): FairleadError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return new FairleadError({
    code: 'ACCESS_DENIED',
    message: `the state folder ${JSON.stringify(path)} cannot be ${verb} (${why})`,
    hint: 'Make it readable and writable for this user, or give another one as stateFolder.',
    details: { stateFolder: path },
    cause,
  });
}
