import { sample, type Contender } from './contender.ts';

/** What a worker is told. */
export interface WorkerJob {
  readonly image: string;
  /** The engine's own command line. */
  readonly cli: readonly string[];
  readonly socketPath: string;
  readonly rounds: number;
}

/** Runs a worker: reads its job, and says its samples as one line of JSON. */
export async function runWorker(
  work: (job: WorkerJob, measure: (contenders: readonly Contender[], rounds: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  // main.ts writes the job; both ends are of one version.
  const job = JSON.parse(process.argv[2] ?? '') as WorkerJob;
  await work(job, async (contenders, rounds) => {
    process.stdout.write(`${JSON.stringify(await sample(contenders, rounds))}\n`);
  });
}
