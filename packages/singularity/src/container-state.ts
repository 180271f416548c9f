import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionProof } from '@fairlead/core/backend';
import {
  isAlive,
  isHeld,
  parseClaim,
  parseExit,
  type ClaimRecord,
  type ExitRecord,
} from '@fairlead/subprocess/supervisor';
import type { StoredContainer } from './store.ts';

/** The process that supervises a container. */
export type Supervisor = Extract<ClaimRecord, { kind: 'supervisor' }>;

/** Where a container is, with what is needed to act on it. */
export type Standing =
  | { readonly phase: 'created' }
  /** Claimed for its removal before it ever ran. */
  | { readonly phase: 'removing' }
  /** `supervisor` is undefined for the moment in which the claim is being written. */
  | { readonly phase: 'running'; readonly supervisor: Supervisor | undefined }
  | ({ readonly phase: 'exited'; readonly supervisor: Supervisor | undefined } & ExitRecord)
  /** It ended, and nobody knows how. */
  | { readonly phase: 'lost'; readonly supervisor: Supervisor | undefined }
  /** Another host's: what became of it can be seen only there. */
  | { readonly phase: 'elsewhere' };

/** A claim that is not complete after this time never will be, in milliseconds. */
const claimMs = 5_000;

/** Reads where a container is. The order of the questions matters: each answer rests on the ones before. */
export async function readStanding(stored: StoredContainer, here: SessionProof): Promise<Standing> {
  const { folder } = stored;
  const { creator } = stored.record;
  const claim = await readClaim(folder);
  const supervisor = claim?.kind === 'supervisor' ? claim : undefined;
  const exit = parseExit(await readSmallFile(folder, 'exit'));
  if (exit !== undefined) return { phase: 'exited', supervisor, ...exit };
  if (creator.hostId !== here.hostId) return { phase: 'elsewhere' };
  if (creator.bootId !== here.bootId) return { phase: 'lost', supervisor: undefined };
  if (claim === undefined) return { phase: 'created' };
  if (claim.kind === 'removal') return { phase: 'removing' };
  const sameNamespace = creator.pidNamespace === here.pidNamespace;
  const alive = supervisor !== undefined && sameNamespace ? isAlive(supervisor) : await isHeldOrYoung(folder);
  if (alive) return { phase: 'running', supervisor };
  // It may have written its last words between the two looks.
  const late = parseExit(await readSmallFile(folder, 'exit'));
  return late === undefined ? { phase: 'lost', supervisor } : { phase: 'exited', supervisor, ...late };
}

/** Whether its command cannot run any more. */
export function hasEnded({ phase }: Standing): boolean {
  return phase === 'exited' || phase === 'lost';
}

/** The first 64 KiB of one of a container's files as text; empty where there is none. */
export async function readSmallFile(folder: string, name: string): Promise<string> {
  try {
    await using handle = await open(join(folder, name), 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(64 * 1024));
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  }
}

async function readClaim(folder: string): Promise<ClaimRecord | undefined> {
  const text = await readFile(join(folder, 'sup'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseClaim(text);
}

/** Seen from another PID namespace a pid says nothing, the life line does, once the supervisor has taken it. */
async function isHeldOrYoung(folder: string): Promise<boolean> {
  const claimed = await stat(join(folder, 'sup')).catch(() => undefined);
  if (claimed !== undefined && Date.now() - claimed.mtimeMs < claimMs) return true;
  return isHeld(join(folder, 'life')).catch(() => false);
}
