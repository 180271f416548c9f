import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who a session is, so that its death can be proven. `startTime` is field 22 of /proc/PID/stat, in clock ticks
 * since boot (proc(5)); empty strings where the host does not tell.
 */
export interface SessionProof {
  readonly hostId: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly pid: number;
  readonly startTime: string;
}

/** One manager of one process. */
export interface Session {
  /** 32 hex digits. */
  readonly id: string;
  readonly proof: SessionProof;
}

/** 32 hex digits that name this host: hashed, because a machine id is not to be published (machine-id(5)). */
export function readHostId(): string {
  const machine = readText('/etc/machine-id').trim() || hostname();
  return createHash('sha256').update(`fairlead host ${machine}`).digest('hex').slice(0, 32);
}

/** A session of this process, with an id of its own. */
export function openSession(): Session {
  return {
    id: randomBytes(16).toString('hex'),
    proof: {
      hostId: readHostId(),
      bootId: readBootId(),
      pidNamespace: readPidNamespace(),
      pid: process.pid,
      startTime: readStartTime(process.pid) ?? '',
    },
  };
}

/**
 * `live`, `dead` only where that is proven, else `unknown`. Proof is the same host, boot and pid namespace with that
 * process gone, or the same host with another boot.
 */
export function judgeSession(proof: SessionProof): 'live' | 'dead' | 'unknown' {
  if (proof.hostId === '' || proof.hostId !== readHostId()) return 'unknown';
  const bootId = readBootId();
  if (proof.bootId === '' || bootId === '') return 'unknown';
  if (proof.bootId !== bootId) return 'dead';
  if (proof.pidNamespace === '' || proof.pidNamespace !== readPidNamespace()) return 'unknown';
  // A host that did not tell when the process started cannot prove that another one has its number now.
  return proof.startTime === '' ? 'unknown' : judgeProcess(proof);
}

/** Start time of a process that runs; undefined for one that is gone or a zombie. */
export function readStartTime(pid: number): string | undefined {
  const fields = readStat(pid);
  return fields === undefined || isDead(fields) ? undefined : fields[19];
}

function judgeProcess({ pid, startTime }: SessionProof): 'live' | 'dead' | 'unknown' {
  const fields = readStat(pid);
  // /proc can hide the processes of other users (proc(5), hidepid): unreadable is not gone.
  if (fields === undefined) return exists(pid) ? 'unknown' : 'dead';
  return !isDead(fields) && fields[19] === startTime ? 'live' : 'dead';
}

function readStat(pid: number): readonly string[] | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, also parentheses and blanks: fields count from the last one.
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function isDead(fields: readonly string[]): boolean {
  return fields[0] === 'Z' || fields[0] === 'X';
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function readBootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim();
}

function readPidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
