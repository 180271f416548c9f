// A thread that hangs at case 2, and throws at case 4 where nobody catches it.
import { parentPort, workerData } from 'node:worker_threads';
import type { FuzzWork } from '../fuzz-report.ts';

// Only the test of the runner starts this file, with exactly that.
const { cases, shared, worker } = workerData as FuzzWork;

for (let number = Atomics.add(shared, 0, 1); number < cases; number = Atomics.add(shared, 0, 1)) {
  Atomics.store(shared, worker + 1, number);
  if (number === 2) for (;;) Math.random();
  if (number === 4) throw new Error('thrown at case 4');
  parentPort?.postMessage({ counts: { tar: { same: 1 } }, faults: [] }, []);
}
