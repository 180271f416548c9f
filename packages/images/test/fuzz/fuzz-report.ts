/** What a thread is to do. */
export interface FuzzWork {
  readonly seed: number;
  readonly cases: number;
  /** The next case; behind it, for each thread, the case that it is at, or -1. */
  readonly shared: Int32Array<SharedArrayBuffer>;
  /** Index of the thread. */
  readonly worker: number;
}

/** A case that ended as none may. */
export interface FuzzFault {
  readonly number: number;
  readonly family: string;
  readonly what: string;
}

/** What a thread has done since its last report: cases by family and outcome, and faults. */
export interface FuzzReport {
  readonly counts: Record<string, Record<string, number>>;
  readonly faults: FuzzFault[];
}

/** What a whole run came to. */
export interface FuzzRun extends FuzzReport {
  readonly cases: number;
  readonly crashes: number;
  readonly hangs: number;
  readonly minutes: number;
  /** Most memory of the process, in MiB. */
  readonly peakMebibytes: number;
}

/** A run as text: a row for each family, then the sum. */
export function fuzzTable({ counts, faults, cases, crashes, hangs, minutes, peakMebibytes }: FuzzRun): string {
  const rows = Object.entries(counts).map(([family, outcomes]) => {
    const all = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    const told = Object.entries(outcomes).toSorted(([, a], [, b]) => b - a);
    return `${family.padEnd(16)}${String(all).padStart(7)}  ${told.map(([word, count]) => `${word} ${count}`).join(', ')}`;
  });
  const lines = faults.slice(0, 50).map(({ number, what }) => `case ${number}: ${what}`);
  const total = `${cases} cases, ${crashes} crashes, ${hangs} hangs, ${faults.length - crashes - hangs} wrong outputs`;
  return [...rows, ...lines, `${total}, ${minutes.toFixed(2)} min, ${peakMebibytes} MiB`].join('\n');
}
