// One unit of work (create, start, wait, logs, remove) through the library, by hand on the same socket, and by the
// engine's own command line. Runs inside a target of the lab; what engine that is, select() finds.
import { select } from 'fairlead';
import type { Contender } from './contender.ts';
import { openRawRequests } from './raw-requests.ts';
import { runCommand } from './run-command.ts';
import { runWorker, type WorkerJob } from './worker.ts';

await runWorker(async ({ image, cli, socketPath, rounds }: WorkerJob, measure) => {
  await using manager = await select(image);
  await manager.images.ensure(image);
  await using raw = await openRawRequests(socketPath, image);
  const contenders: readonly Contender[] = [
    { name: 'fairlead', run: async () => void (await manager.runToCompletion({ image, command: ['echo', 'hello'] })) },
    { name: 'requests', run: () => raw.unit() },
    { name: 'cli', run: () => commandLineUnit(cli, image) },
  ];
  await measure(contenders, rounds);
});

async function commandLineUnit(cli: readonly string[], image: string): Promise<void> {
  const id = await runCommand([...cli, 'create', '--network', 'none', image, 'echo', 'hello']);
  await runCommand([...cli, 'start', id]);
  await runCommand([...cli, 'wait', id]);
  await runCommand([...cli, 'logs', id]);
  await runCommand([...cli, 'rm', '--volumes', id]);
}
