import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from './claim-record.ts';
import { readSession, type ProcessStat } from './process-stat.ts';

/** Whose session it was. */
export interface SweptSession {
  readonly pid: number;
  readonly startTime: string;
  /** Only processes of these names are touched: the number may have gone to another session since (S11, S13). */
  readonly names: readonly string[];
}

/** Ends what a dead supervisor without a cage left of its session: SIGTERM, after a second SIGKILL. */
export async function sweepSession(session: SweptSession, signal: AbortSignal): Promise<void> {
  const find = (): readonly ProcessStat[] =>
    readSession(session.pid).filter(
      (p) => session.names.includes(p.name) && BigInt(p.startTime) >= BigInt(session.startTime),
    );
  for (const found of find()) signalProcess(found, 'SIGTERM');
  for (let waited = 0; waited < 1000 && find().length > 0; waited += 50) await sleep(50, undefined, { signal });
  for (const found of find()) signalProcess(found, 'SIGKILL');
}
