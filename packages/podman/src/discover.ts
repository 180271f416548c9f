import { inspectSocket, type BackendCall, type Discovered, type DiscoveryEnv } from '@fairlead/core/backend';
import { withHint } from './errors.ts';
import type { PodmanOptions } from './options.ts';
import { podmanPlaces } from './places.ts';

/** The sockets at which Podman may listen, and why there is none where there is none. */
export async function* discover(env: DiscoveryEnv, { signal }: BackendCall): AsyncGenerator<Discovered<PodmanOptions>> {
  for (const place of podmanPlaces(env)) {
    signal.throwIfAborted();
    if (!('socketPath' in place)) {
      yield { found: false, endpoint: place.url, reason: place.reason, hint: place.hint };
      continue;
    }
    const { socketPath } = place;
    const endpoint = `unix://${socketPath}`;
    const problem = await inspectSocket(socketPath);
    if (problem === undefined) {
      yield { found: true, endpoint, door: 'socket', daemonless: true, options: { socketPath } };
      continue;
    }
    const { reason, hint } = withHint(problem, socketPath);
    yield { found: false, endpoint, reason, hint };
  }
}
