import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Estate } from '../estate/estate.ts';
import { label } from '../estate/labels.ts';
import { parseProof } from '../estate/parse-proof.ts';
import type { SessionProof } from '../estate/session.ts';

type Labels = Readonly<Record<string, string>>;

/** Private copies of files that are bound into a container, as found in the state folder. */
export interface PrivateCopies {
  /** The call that made them; the container has it as a label. */
  readonly call: string;
  readonly container: string;
  readonly engineId: string;
  readonly proof: SessionProof;
}

/** Makes the folder for the copies of one call, with the record that lets `reap` judge it. */
export async function makeCopiesFolder(
  estate: Estate,
  { labels, container, engineId }: { readonly labels: Labels; readonly container: string; readonly engineId: string },
): Promise<string> {
  const folder = await estate.state.folder('files', labels[label.call] ?? '');
  const record = { v: 1, container, engineId, session: estate.session.id, proof: estate.session.proof };
  await writeFile(join(folder, recordName), JSON.stringify(record), { mode: 0o600 });
  return folder;
}

/** Removes the copies that belong to a container of these labels; resolves if there are none. */
export async function removeCopies(estate: Estate, labels: Labels): Promise<void> {
  const call = labels[label.call];
  // A label is text that anybody with access to the engine can write: only what core writes there names a folder.
  if (call !== undefined && isCall(call)) await estate.state.removeFolder('files', call);
}

/** All copies that have a record; folders whose maker died before it had written one whole are removed. */
export async function listCopies(estate: Estate): Promise<readonly PrivateCopies[]> {
  await estate.state.requirePrivate();
  const found: PrivateCopies[] = [];
  for (const call of (await readdir(root(estate)).catch(() => [])).filter(isCall)) {
    const folder = join(root(estate), call);
    const copies = await readRecord(folder, call);
    if (typeof copies === 'object') found.push(copies);
    else if (copies === 'broken' && (await isStale(folder))) {
      // What cannot be removed stays, and does not keep the rest.
      await estate.state.removeFolder('files', call).catch(() => undefined);
    }
  }
  return found;
}

const recordName = 'copies.json';

function root(estate: Estate): string {
  return join(estate.state.path, 'files');
}

function isCall(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** `broken`: absent or cut off. `unknown`: whole but of another version, or not to be read now; it may be in use. */
async function readRecord(folder: string, call: string): Promise<PrivateCopies | 'broken' | 'unknown'> {
  const text = await readFile(join(folder, recordName), 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? '' : undefined,
  );
  if (text === undefined) return 'unknown';
  const record = parseJson(text);
  if (typeof record !== 'object' || record === null) return 'broken';
  const { container, engineId, proof } = { container: undefined, engineId: undefined, proof: undefined, ...record };
  const parsed = parseProof(proof);
  if (typeof container !== 'string' || typeof engineId !== 'string' || parsed === undefined) return 'unknown';
  return { call, container, engineId, proof: parsed };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function isStale(folder: string): Promise<boolean> {
  const facts = await stat(folder).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.mtimeMs > 60_000;
}
