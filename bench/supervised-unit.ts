// One run of a SIF through the library and by the engine's own exec with the flags that give the same isolation.
import { select } from 'fairlead';
import type { Contender } from './contender.ts';
import { runCommand } from './run-command.ts';
import { runWorker, type WorkerJob } from './worker.ts';

// The flags of an isolated run (C160–C177); a read-only root, so that neither side pays for an overlay (C169).
const flags = [
  '--silent',
  'exec',
  '--containall',
  '--cleanenv',
  '--no-eval',
  '--no-home',
  '--pwd',
  '/',
  '--net',
  '--network',
  'none',
  '--no-mount',
  'tmp',
];

await runWorker(async ({ image, cli, rounds }: WorkerJob, measure) => {
  await using manager = await select(image);
  const contenders: readonly Contender[] = [
    {
      name: 'fairlead',
      run: async () =>
        void (await manager.runToCompletion({
          image,
          entrypoint: [],
          command: ['echo', 'hello'],
          readOnlyRootfs: true,
        })),
    },
    { name: 'exec', run: async () => void (await runCommand([...cli, ...flags, image, 'echo', 'hello'])) },
  ];
  await measure(contenders, rounds);
});
