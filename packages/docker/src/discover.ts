import { realpath } from 'node:fs/promises';
import { FairleadError } from '@fairlead/core';
import { inspectSocket, type BackendCall, type Discovered, type DiscoveryEnv } from '@fairlead/core/backend';
import { candidates, type Candidate } from './candidates.ts';
import { describeEndpoint, type Endpoint } from './endpoint.ts';
import { reasonOf } from './errors.ts';
import type { DockerOptions } from './options.ts';
import { pingEngine } from './ping.ts';

/** How long a socket may take to answer, in milliseconds, before it is taken for a miss. */
const answerMs = 10_000;
/** What of an error is a fact about a place: the rest is a mistake of ours. */
type Miss = Extract<Discovered<DockerOptions>, { found: false }>;

/** Every place where a Docker Engine may be; misses too, with reason and hint. */
export async function* discoverEngines(
  env: DiscoveryEnv,
  call: BackendCall,
): AsyncGenerator<Discovered<DockerOptions>> {
  const seen = new Set<string>();
  for (const { source, place } of candidates(env)) {
    if ('problem' in place) {
      yield { found: false, endpoint: source, ...place.problem };
      continue;
    }
    const identity = await fileIdentity(place.endpoint);
    if (seen.has(identity)) continue;
    seen.add(identity);
    yield await look(place.endpoint, source, call);
  }
}

/** Two names of one socket are one place: /var/run is a link to /run. */
async function fileIdentity(endpoint: Endpoint): Promise<string> {
  if (endpoint.kind === 'tcp') return describeEndpoint(endpoint);
  return realpath(endpoint.path).catch(() => endpoint.path);
}

async function look(
  endpoint: Endpoint,
  source: Candidate['source'],
  { signal }: BackendCall,
): Promise<Discovered<DockerOptions>> {
  const named = describeEndpoint(endpoint);
  const problem = endpoint.kind === 'unix' ? await inspectSocket(endpoint.path) : undefined;
  if (problem !== undefined)
    return { found: false, endpoint: named, reason: `${source}: ${problem.reason}`, hint: problem.hint };
  try {
    const { podman } = await pingEngine(endpoint, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
    if (podman !== undefined) return servedByPodman(named, podman);
    const options: DockerOptions = endpoint.kind === 'unix' ? { socketPath: endpoint.path } : { host: named };
    return { found: true, endpoint: named, door: 'socket', daemonless: false, options };
  } catch (error) {
    signal.throwIfAborted();
    return missed(named, error);
  }
}

/** Offered once, by the backend that speaks Podman's own language (C2). */
function servedByPodman(endpoint: string, version: string): Miss {
  return {
    found: false,
    endpoint,
    reason: `Podman ${version} answers there, not Docker`,
    hint: 'The podman backend offers it; docker({ socketPath }) works with it as well, and can do less.',
  };
}

function missed(endpoint: string, error: unknown): Miss {
  if (FairleadError.is(error)) return { found: false, endpoint, reason: reasonOf(error), hint: error.hint };
  return {
    found: false,
    endpoint,
    reason: `nothing answered within ${answerMs} ms`,
    hint: 'See whether the engine is overloaded or hangs.',
  };
}
