// Runs of a SIF that the engine has got already, by its path and by the name under which the engine has it.
import { select } from 'fairlead';
import type { Contender } from '../contender.ts';
import { runWorker, type WorkerJob } from '../worker.ts';

await runWorker(async ({ image: sif, rounds }: WorkerJob, measure) => {
  await using manager = await select(sif);
  const { name = '' } = await manager.images.ensure(sif);
  const run = (image: string) => async (): Promise<void> => {
    const spec = { image, entrypoint: [], command: ['/usr/bin/busybox', 'true'] };
    const { exit } = await manager.runToCompletion(spec);
    if (exit.code !== 0) throw new Error(`the container ended with ${exit.code}`);
  };
  const contenders: readonly Contender[] = [
    { name: 'fairlead', run: run(sif) },
    { name: 'by-name', run: run(name) },
  ];
  await measure(contenders, rounds);
});
