import type { BackendCall, Discovered, DiscoveryEnv } from '@fairlead/core/backend';
import { findOnPath } from '@fairlead/subprocess';
import type { PodmanKubeOptions } from './options.ts';

/** The first `podman` on PATH. It needs no socket (B27), unless its own variables send it to one. */
export async function* discover(
  { env }: DiscoveryEnv,
  { signal }: BackendCall,
): AsyncGenerator<Discovered<PodmanKubeOptions>> {
  const command = await findOnPath('podman', env);
  signal.throwIfAborted();
  if (command === undefined) {
    yield {
      found: false,
      endpoint: 'podman',
      reason: 'there is no podman on PATH',
      hint: 'Install podman, for example: apt install podman.',
    };
    return;
  }
  const remote = (env['CONTAINER_HOST'] ?? '') !== '' || (env['CONTAINER_CONNECTION'] ?? '') !== '';
  yield { found: true, endpoint: command, door: 'command', daemonless: !remote, options: { command } };
}
