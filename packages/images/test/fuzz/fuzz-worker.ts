// Runs cases until none is left; the thread that started it watches how long each takes.
import { parentPort, workerData } from 'node:worker_threads';
import { runFuzzCase } from './fuzz-case.ts';
import type { FuzzReport, FuzzWork } from './fuzz-report.ts';

/** Cases between two reports. */
const reportEvery = 50;

// Only `run-fuzz.ts` starts this file, with exactly that.
await work(workerData as FuzzWork);

async function work({ seed, cases, shared, worker }: FuzzWork): Promise<void> {
  let report: FuzzReport = { counts: {}, faults: [] };
  let done = 0;
  const send = (): void => {
    parentPort?.postMessage(report, []);
    report = { counts: {}, faults: [] };
  };
  for (let number = Atomics.add(shared, 0, 1); number < cases; number = Atomics.add(shared, 0, 1)) {
    Atomics.store(shared, worker + 1, number);
    const { family, outcome, fault, notes, seed: image } = await runFuzzCase(seed, number);
    const counts = (report.counts[family] ??= {});
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (fault !== undefined) report.faults.push({ number, family, what: `${image}: ${notes.join('; ')}: ${fault}` });
    done += 1;
    if (done % reportEvery === 0) send();
  }
  Atomics.store(shared, worker + 1, -1);
  send();
}
