import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { label } from '../../estate/labels.ts';
import { openSession, readStartTime, type SessionProof } from '../../estate/session.ts';
import type { Decorate } from '../../testing/index.ts';

/** The proof of a process that ran and is gone. */
export async function deadProof(): Promise<SessionProof> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const proof = { ...openSession().proof, pid, startTime: readStartTime(pid) ?? '' };
  child.kill('SIGKILL');
  await once(child, 'exit');
  return proof;
}

/** The proof of a process that runs: this one. */
export function liveProof(): SessionProof {
  return openSession().proof;
}

/** The proof of a process on another host. */
export function foreignProof(): SessionProof {
  return { ...openSession().proof, hostId: 'f'.repeat(32) };
}

/** What a manager makes looks as if it was made by a session with this proof. */
export function asSession(proof: SessionProof): Decorate {
  return (backend) => ({
    ...backend,
    create: (plan, call) =>
      backend.create({ ...plan, labels: { ...plan.labels, [label.sessionProof]: JSON.stringify(proof) } }, call),
  });
}
