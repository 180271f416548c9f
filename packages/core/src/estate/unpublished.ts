import { createHash, randomBytes } from 'node:crypto';
import { judgeSession, openSession, type SessionProof } from './session.ts';

/**
 * The name of a record that is being written aside: `.NAME.PID-START-WORLD.RANDOM`. It tells who writes it, so that what
 * a process left that died in that moment can be taken away at once.
 */
export function unpublishedName(name: string): string {
  const { proof } = openSession();
  return `.${name}.${proof.pid}-${proof.startTime}-${worldOf(proof)}.${randomBytes(6).toString('hex')}`;
}

/** Whether whoever wrote this is proven dead; false where nothing proves it. */
export function isWriterDead(entry: string): boolean {
  const [, pid, startTime = '', world] = /\.(\d+)-(\d*)-([0-9a-f]{16})\.[0-9a-f]{12}$/.exec(entry) ?? [];
  const { proof } = openSession();
  // Of another host, boot or namespace the number says nothing here.
  if (pid === undefined || world !== worldOf(proof)) return false;
  return judgeSession({ ...proof, pid: Number(pid), startTime }) === 'dead';
}

/** Where a process number has its meaning, in 16 hex digits. */
function worldOf({ hostId, bootId, pidNamespace }: SessionProof): string {
  return createHash('sha256')
    .update(JSON.stringify([hostId, bootId, pidNamespace]))
    .digest('hex')
    .slice(0, 16);
}
