import type { Estate } from '../estate/estate.ts';
import { parseProof } from '../estate/parse-proof.ts';
import { judgeSession, type SessionProof } from '../estate/session.ts';

/** A container or play of an engine. */
export interface Keepable {
  readonly id: string;
  readonly engineId: string;
}

/** That somebody keeps a container or play that another session made: for good, or while that session lives. */
interface Kept extends Keepable {
  readonly v: 1;
  readonly owner: string;
  /** Undefined: for good. */
  readonly proof: SessionProof | undefined;
}

const kind = 'kept';

/** Spares it from `reap` for good. */
export async function keepForGood(estate: Estate, { id, engineId }: Keepable): Promise<void> {
  const kept: Kept = { v: 1, id, engineId, owner: estate.ownerLabel, proof: undefined };
  await estate.state.writeRecord(kind, recordName(id, 'detached'), kept);
}

/** Spares it from `reap` while this session lives; other sessions may keep it as well. */
export async function keepWhileAlive(estate: Estate, { id, engineId }: Keepable): Promise<void> {
  const kept: Kept = { v: 1, id, engineId, owner: estate.ownerLabel, proof: estate.session.proof };
  await estate.state.writeRecord(kind, recordName(id, estate.session.id), kept);
}

/** Whether somebody keeps it. */
export async function isKept(estate: Estate, id: string): Promise<boolean> {
  const all = await Promise.all((await recordsOf(estate, id)).map((name) => readKept(estate, name)));
  return all.some((kept) => kept?.id === id && (kept.proof === undefined || judgeSession(kept.proof) !== 'dead'));
}

/** Drops what is recorded of something that is gone. */
export async function forgetKept(estate: Estate, id: string): Promise<void> {
  for (const name of await recordsOf(estate, id)) await estate.state.removeRecord(kind, name);
}

/** What of this owner and engine is kept although it no longer exists: removed by others than the library. */
export async function forgetAbsent(estate: Estate, engineId: string, present: ReadonlySet<string>): Promise<void> {
  for (const name of await estate.state.listRecords(kind)) {
    const kept = await readKept(estate, name);
    if (kept === undefined || kept.engineId !== engineId || kept.owner !== estate.ownerLabel) continue;
    if (!present.has(kept.id)) await estate.state.removeRecord(kind, name);
  }
  await estate.state.removeUnpublished(kind);
}

async function recordsOf(estate: Estate, id: string): Promise<readonly string[]> {
  const start = recordName(id, '');
  return (await estate.state.listRecords(kind)).filter((name) => name.startsWith(start));
}

function recordName(id: string, by: string): string {
  // An id of a backend yet to be written may hold slashes.
  return `${encodeURIComponent(id)}.${by}`;
}

async function readKept(estate: Estate, name: string): Promise<Kept | undefined> {
  const record = await estate.state.readRecord(kind, name);
  if (typeof record !== 'object' || record === null) return undefined;
  const { v, id, engineId, owner, proof } = { ...blank, ...record };
  if (v !== 1 || typeof id !== 'string' || typeof engineId !== 'string' || typeof owner !== 'string') return undefined;
  const parsed = parseProof(proof);
  return proof !== undefined && parsed === undefined ? undefined : { v, id, engineId, owner, proof: parsed };
}

const blank: Readonly<Record<keyof Kept, unknown>> = {
  v: undefined,
  id: undefined,
  engineId: undefined,
  owner: undefined,
  proof: undefined,
};
