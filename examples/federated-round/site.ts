// One site, as a process of its own: it holds its rows, chooses an engine for the algorithm it was given, and answers
// each round with a gradient. What it can reach is told by its environment and PATH alone.
import { createInterface } from 'node:readline';
import { FairleadError, select, type Selected } from 'fairlead';
import { explainChoice } from './explain-choice.ts';
import type { RoundRequest, SiteJob, SiteMessage } from './protocol.ts';
import { openRounds } from './site-round.ts';

function say(message: SiteMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function serve(job: SiteJob, manager: Selected): Promise<void> {
  const probe = await manager.probe();
  if (!probe.usable) throw new Error(probe.reason);
  // What a site left that was killed in the middle of a round.
  await manager.reap();
  await using rounds = await openRounds(manager, job);
  say({
    event: 'ready',
    backend: manager.backend,
    engine: probe.engine,
    version: probe.version,
    ...explainChoice(manager.selection),
  });
  for await (const line of createInterface({ input: process.stdin })) {
    // The coordinator writes these lines; both ends are of one version.
    const request = JSON.parse(line) as RoundRequest;
    const started = performance.now();
    const text = await rounds.compute(request);
    say({ event: 'gradient', round: request.round, text, milliseconds: performance.now() - started });
  }
}

// The coordinator writes the job; both ends are of one version.
const job = JSON.parse(process.argv[2] ?? '') as SiteJob;
try {
  await using manager = await select(job.manifest === undefined ? job.image : { file: job.manifest });
  await serve(job, manager);
} catch (error) {
  if (!FairleadError.is(error, 'NO_BACKEND')) throw error;
  say({ event: 'missing', reason: error.message });
}
