import { lstat, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeSession, toJson, type Session } from '@fairlead/core/backend';
import { proofSchema } from './proof-schema.ts';

/** A private folder for what a command writes aside; it goes with the command, however that ends. */
export interface Scratch extends AsyncDisposable {
  /** To be given to a command as its TMPDIR. */
  readonly path: string;
}

const prefix = 'fairlead-podman-';
const proofFile = 'session.json';
/** A folder without a proof is one whose process died at once, or has not come to write it, in milliseconds. */
const unprovenMs = 60_000;

/** Makes a scratch folder on local disk that tells whose it is, so that it can be swept after a crash. */
export async function openScratch({ proof }: Session): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  const remove = (): Promise<void> => removeFolder(path);
  try {
    await writeFile(join(path, proofFile), JSON.stringify(proof), { mode: 0o600 });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}

/**
 * Removes this user's scratch folders whose session is dead. Of what lies in a folder that all may write to, nothing of
 * others is touched, links of theirs to our folders neither; what cannot be removed stays.
 * @returns the paths of those removed
 */
export async function sweepScratch(
  folder: string = tmpdir(),
  remove: typeof removeFolder = removeFolder,
): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const removed: string[] = [];
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const path = join(folder, name);
    if (!(await isAbandoned(path))) continue;
    const gone = await remove(path).then(
      () => true,
      () => false,
    );
    if (gone) removed.push(path);
  }
  return removed;
}

async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

async function isAbandoned(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) return false;
  const text = await readFile(join(path, proofFile), 'utf8').catch(() => '');
  const parsed = proofSchema().safeParse(toJson(text));
  return parsed.success ? judgeSession(parsed.data) === 'dead' : Date.now() - found.mtimeMs > unprovenMs;
}
