import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { familyOf } from './fuzz-case.ts';
import type { FuzzFault, FuzzReport, FuzzRun, FuzzWork } from './fuzz-report.ts';

/** How to run. */
export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** Default 2. */
  readonly threads?: number;
  /** A case that lasts longer hangs; far more than any takes on a machine under load. Default 20 000. */
  readonly deadlineMs?: number;
  /** What a thread runs. Default: the cases. */
  readonly program?: URL;
}

/** What a run keeps while it goes on. */
interface State {
  readonly options: Required<FuzzOptions>;
  readonly shared: FuzzWork['shared'];
  readonly counts: FuzzReport['counts'];
  readonly faults: FuzzFault[];
  crashes: number;
  hangs: number;
}

/** Runs cases 0 to N-1 of a seed in threads; a thread that crashes or hangs is replaced, and its case told. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzRun> {
  const { threads = 2, deadlineMs = 20_000, program = new URL('fuzz-worker.ts', import.meta.url) } = options;
  const started = performance.now();
  const state: State = {
    options: { ...options, threads, deadlineMs, program },
    shared: new Int32Array(new SharedArrayBuffer(4 * (threads + 1))),
    counts: {},
    faults: [],
    crashes: 0,
    hangs: 0,
  };
  await Promise.all(Array.from({ length: threads }, (_, worker) => keepRunning(state, worker)));
  const { counts, faults, crashes, hangs } = state;
  const told = Object.values(counts).flatMap((outcomes) => Object.values(outcomes));
  return {
    counts,
    faults: faults.toSorted((a, b) => a.number - b.number),
    crashes: crashes + Object.values(counts).reduce((sum, outcomes) => sum + (outcomes['crash'] ?? 0), 0),
    hangs,
    cases: told.reduce((sum, count) => sum + count, 0) + crashes + hangs,
    minutes: (performance.now() - started) / 60_000,
    peakMebibytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

async function keepRunning(state: State, worker: number): Promise<void> {
  while (Atomics.load(state.shared, 0) < state.options.cases) await runThread(state, worker);
}

async function runThread(state: State, worker: number): Promise<void> {
  const { options, shared } = state;
  Atomics.store(shared, worker + 1, -1);
  const workerData: FuzzWork = { seed: options.seed, cases: options.cases, shared, worker };
  const thread = new Worker(options.program, {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  const ended = new AbortController();
  const failed = (what: string): void => {
    const number = Math.max(Atomics.load(shared, worker + 1), 0);
    state.faults.push({ number, family: familyOf(number).name, what });
  };
  thread.on('message', (report: FuzzReport) => add(state, report));
  thread.on('error', (error) => {
    state.crashes += 1;
    failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
  });
  const exit = new Promise<void>((resolve) => {
    thread.on('exit', () => resolve(ended.abort()));
  });
  const hung = await watch(state, worker, ended.signal);
  if (hung) {
    state.hangs += 1;
    failed(`it hangs: more than ${options.deadlineMs} ms`);
    await thread.terminate();
  }
  await exit;
}

/** Whether the thread stays at one case for too long; false once it has ended. */
async function watch({ options, shared }: State, worker: number, ended: AbortSignal): Promise<boolean> {
  let last = -2;
  let since = performance.now();
  while (!ended.aborted) {
    const now = Atomics.load(shared, worker + 1);
    if (now !== last) [last, since] = [now, performance.now()];
    else if (now >= 0 && performance.now() - since > options.deadlineMs) return true;
    await sleep(250, undefined, { signal: ended }).catch(() => undefined);
  }
  return false;
}

function add({ counts, faults }: State, report: FuzzReport): void {
  faults.push(...report.faults);
  for (const [family, outcomes] of Object.entries(report.counts)) {
    const known = (counts[family] ??= {});
    for (const [outcome, count] of Object.entries(outcomes)) known[outcome] = (known[outcome] ?? 0) + count;
  }
}
