import { realpath } from 'node:fs/promises';
import type { Discovered, DiscoveryEnv } from '@fairlead/core/backend';
import { findOnPath } from '@fairlead/subprocess';
import type { SingularityOptions } from './options.ts';

/** The commands of this engine in the order of preference. */
const commands = ['apptainer', 'singularity'] as const;

/** Looks for the commands on PATH; where Apptainer is there, nobody misses the other. */
export async function* discover({
  env,
}: DiscoveryEnv): AsyncGenerator<Discovered<SingularityOptions>, void, undefined> {
  const seen = new Set<string>();
  for (const name of commands) {
    const command = await findOnPath(name, env);
    if (command === undefined) {
      if (seen.size === 0) yield missing(name);
      continue;
    }
    // Apptainer brings `singularity` as a link to itself: the same engine is offered once.
    const real = await realpath(command);
    if (seen.has(real)) continue;
    seen.add(real);
    yield { found: true, endpoint: command, door: 'command', daemonless: true, options: { command } };
  }
}

function missing(name: string): Discovered<SingularityOptions> {
  return {
    found: false,
    endpoint: name,
    reason: `there is no command ${name} on PATH`,
    hint: 'Install Apptainer (https://apptainer.org/docs/admin/latest/installation.html); it needs no root to run.',
  };
}
