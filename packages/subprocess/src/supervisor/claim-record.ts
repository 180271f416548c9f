import { readProcess } from './process-stat.ts';

/** Who supervises a container, or that it is being removed before it ever ran. */
export type ClaimRecord =
  | { readonly kind: 'supervisor'; readonly uptimeSeconds: number; readonly pid: number; readonly startTime: string }
  | { readonly kind: 'removal' }
  /** Made, and not written yet. */
  | { readonly kind: 'incomplete' };

/** What somebody writes who claims a container in order to remove it: no start can come any more. */
export const removalClaim = 'v1 removal\n';

/** Reads a claim: uptime, pid, and /proc/PID/stat after the name. */
export function parseClaim(text: string): ClaimRecord {
  if (text === removalClaim) return { kind: 'removal' };
  const match = /^v1 (\d+\.\d+) (\d+) (.*)\n$/.exec(text);
  const startTime = match?.[3]?.split(' ')[19];
  if (match === null || startTime === undefined) return { kind: 'incomplete' };
  return { kind: 'supervisor', uptimeSeconds: Number(match[1]), pid: Number(match[2]), startTime };
}

/** Whether this very process still runs: pid and start time, compared at each use (S13). */
export function isAlive(process: { readonly pid: number; readonly startTime: string }): boolean {
  return readProcess(process.pid)?.startTime === process.startTime;
}

/**
 * Sends a signal to this very process.
 * @returns false if it is gone
 */
export function signalProcess(
  target: { readonly pid: number; readonly startTime: string },
  signal: NodeJS.Signals,
): boolean {
  if (!isAlive(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
