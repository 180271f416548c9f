import { readFileSync, readdirSync } from 'node:fs';

/** A process as /proc/PID/stat tells it (proc(5)). */
export interface ProcessStat {
  readonly pid: number;
  /** At most 15 bytes, whatever the process chose. */
  readonly name: string;
  /** `Z` and `X`: it is dead, only nobody has asked for its code. */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** In clock ticks since boot: together with the pid and the boot it names one process (S13). */
  readonly startTime: string;
}

/** Reads the text of a stat file; undefined for anything else. */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(');
  // The name may hold blanks and parentheses: the fields begin after the last one.
  const close = text.lastIndexOf(')');
  if (open < 1 || close < open) return undefined;
  const fields = text.slice(close + 2).split(' ');
  const [state, parent, , session] = fields;
  const startTime = fields[19];
  if (state === undefined || startTime === undefined) return undefined;
  return {
    pid: Number(text.slice(0, open - 1)),
    name: text.slice(open + 1, close),
    state,
    parent: Number(parent),
    session: Number(session),
    startTime,
  };
}

/** A process that runs; undefined for one that is gone or dead and not yet reaped. */
export function readProcess(pid: number): ProcessStat | undefined {
  const stat = parseStat(readText(`/proc/${pid}/stat`) ?? '');
  return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : stat;
}

/** The running children of a process. */
export function readChildren(pid: number): readonly ProcessStat[] {
  const listed = readNames(`/proc/${pid}/task`).map((task) => readText(`/proc/${pid}/task/${task}/children`));
  // Absent in kernels without CONFIG_PROC_CHILDREN.
  if (listed.some((text) => text === undefined)) return readAll().filter((p) => p.parent === pid);
  const pids = listed.flatMap((text) => (text ?? '').split(' ').filter(Boolean).map(Number));
  return pids.map(readProcess).filter((p) => p !== undefined);
}

/** The running processes of a session, whoever their parent is now. */
export function readSession(session: number): readonly ProcessStat[] {
  return readAll().filter((p) => p.session === session);
}

/** The pids of a process from this /proc's namespace inwards; the last is its own view of itself. */
export function readInnerPids(pid: number): readonly number[] {
  const line = /^NSpid:\s*(.*)$/m.exec(readText(`/proc/${pid}/status`) ?? '');
  return (line?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
}

/** Seconds since the host's boot, in steps of 10 ms. */
export function readUptimeSeconds(): number {
  return Number((readText('/proc/uptime') ?? '').split(' ')[0]);
}

function readAll(): readonly ProcessStat[] {
  const pids = readNames('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => readProcess(Number(pid))).filter((p) => p !== undefined);
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
