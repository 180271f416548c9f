import { sleep, type BackendCall } from '@fairlead/core/backend';
import type { CommandResult } from '@fairlead/subprocess';
import { lastError } from './errors.ts';
import type { PodmanCli, PodmanRun } from './podman-cli.ts';

/** How often a listing is asked for, and how long to wait in between, in milliseconds. */
const tries = 10;
const pauseMs = 100;

/**
 * Runs a command that lists. Podman before 5.2 fails the whole listing when something of it is removed meanwhile
 * (containers/podman#23282): that is no answer to whoever asked what there is, so it is asked again.
 */
export async function runListing(cli: PodmanCli, run: PodmanRun, call: BackendCall): Promise<CommandResult> {
  for (let count = 1; ; count += 1) {
    const result = await cli.ask(run, call);
    if (result.code === 0) return result;
    const goneMeanwhile =
      /no such (container|pod|volume|secret)|does not exist in database|container has been removed/i;
    if (count === tries || !goneMeanwhile.test(lastError(result.stderr))) throw await cli.fail(run, result);
    await sleep(pauseMs, call.signal);
  }
}
