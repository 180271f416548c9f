import { randomBytes } from 'node:crypto';
import { link, readFile, readdir, rm, utimes, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendCall } from '../backend/backend-call.ts';
import { toJson } from '../backend/parse-answer.ts';
import { sleep } from '../manager/call-scope.ts';
import { parseProof } from './parse-proof.ts';
import { judgeSession, type Session } from './session.ts';
import { outOfReach } from './state-folder.ts';

/** A lock that is held. Dispose it to give it back. */
export type HeldLock = AsyncDisposable;

/** Where a lock lies and who wants it. */
export interface LockRequest {
  /** A folder on a local disk. */
  readonly folder: string;
  readonly name: string;
  readonly session: Session;
  /** Hears, once, that somebody else has it. */
  readonly onWait?: (() => void) | undefined;
}

interface Holder {
  readonly token: string;
  readonly proof: Session['proof'];
}

const heartbeatMs = 5_000;
/** A holder whose death cannot be proven, and that has not beaten for so long in milliseconds, is taken for dead. */
const silenceMs = 60_000;

/**
 * Takes a lock among processes, waiting for its holder. A file made by link(2) is the lock; it tells its holder's
 * session, so one that died is passed over. Who removes a dead holder's file holds a lock for that first, so no two
 * do it at once and none removes a living holder's file.
 * @throws FairleadError `ACCESS_DENIED` where no lock can be written
 */
export async function takeLock(request: LockRequest, call: BackendCall): Promise<HeldLock> {
  const path = join(request.folder, `${request.name}.lock`);
  const holder: Holder = { token: randomBytes(16).toString('hex'), proof: request.session.proof };
  const candidate = `${path}.${holder.token}`;
  let { onWait } = request;
  await writeFile(candidate, JSON.stringify(holder), { mode: 0o600 }).catch((error: unknown) => {
    throw outOfReach(request.folder, 'written', error);
  });
  try {
    for (let pause = 20; !(await place(candidate, path)); pause = Math.min(pause * 2, 250)) {
      call.signal.throwIfAborted();
      const found = await readHolder(path);
      if (await isDead(path, found)) await clear(request, { path, found }, call);
      else {
        onWait?.();
        onWait = undefined;
        await sleep(pause, call.signal);
      }
    }
  } finally {
    await rm(candidate, { force: true });
  }
  return hold(path, holder);
}

/** Removes the files of dead holders and waiters, which a lock that nobody wants would keep. @returns their paths */
export async function sweepLocks(folder: string, session: Session, call: BackendCall): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const path = join(folder, name);
    const found = await readHolder(path);
    const isLock = name.endsWith('.lock');
    // Waiters do not beat: one that cannot be judged stays.
    if (!isLock && found !== undefined && judgeSession(found.proof) !== 'dead') continue;
    if (!(await isDead(path, found))) continue;
    if (isLock) await clear({ folder, name: name.slice(0, -'.lock'.length), session }, { path, found }, call);
    else await rm(path, { force: true });
    removed.push(path);
  }
  return removed;
}

function hold(path: string, { token }: Holder): HeldLock {
  const beat = setInterval(() => {
    const now = new Date();
    // A missed beat is made up for by the next one.
    utimes(path, now, now).catch(() => undefined);
  }, heartbeatMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      if ((await readHolder(path))?.token === token) await rm(path, { force: true });
    },
  };
}

async function place(candidate: string, path: string): Promise<boolean> {
  try {
    await link(candidate, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function clear(
  { folder, name, session }: LockRequest,
  { path, found }: { readonly path: string; readonly found: Holder | undefined },
  call: BackendCall,
): Promise<void> {
  await using _clearing = await takeLock({ folder, name: `${name}.clearing`, session }, call);
  // Another one may have cleared it meanwhile, and a living holder have taken it.
  if ((await readHolder(path))?.token === found?.token) await rm(path, { force: true });
}

/** A file that is not whole tells no holder: a host that lost its power leaves such. Its age tells, as for one that cannot be judged. */
async function isDead(path: string, holder: Holder | undefined): Promise<boolean> {
  const judged = holder === undefined ? 'unknown' : judgeSession(holder.proof);
  if (judged !== 'unknown') return judged === 'dead';
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > silenceMs;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const parsed = toJson(text);
  if (typeof parsed !== 'object' || parsed === null || !('token' in parsed) || !('proof' in parsed)) return undefined;
  const proof = parseProof(parsed.proof);
  return typeof parsed.token === 'string' && proof !== undefined ? { token: parsed.token, proof } : undefined;
}
