import { homedir } from 'node:os';
import type { UsableProbe } from '@fairlead/core';
import type { Backend, Estate } from '@fairlead/core/backend';
import { defaultCandidate } from './candidates.ts';
import { EngineClient } from './client.ts';
import {
  inspectContainers,
  killContainer,
  listContainers,
  resolveContainer,
  startContainer,
  stopContainer,
  waitForContainer,
} from './containers.ts';
import { createContainer } from './create.ts';
import type { Endpoint } from './endpoint.ts';
import { failure } from './errors.ts';
import { execInContainer } from './exec.ts';
import { engineImages } from './images.ts';
import { readLogs } from './logs.ts';
import type { OpenOptions } from './options.ts';
import { probeEngine, type EngineFacts } from './probe.ts';
import { refuseValues } from './refuse.ts';
import { removeContainer } from './remove-container.ts';
import { engineVolumes } from './volumes.ts';

/** Formats that the engine takes by name. */
export const dockerFormats = ['registry'] as const;
/** Formats that it loads; an OCI layout needs the `manifest.json` that makes it one. */
export const dockerLoads = ['docker-archive'] as const;

/** A backend over one Docker Engine. Connects when first used. */
export function dockerBackend({ endpoint }: OpenOptions, estate: Estate): Backend {
  const client = new EngineClient(endpoint ?? endpointOfEnvironment());
  const facts = new WeakMap<UsableProbe, EngineFacts>();
  return {
    formats: dockerFormats,
    loads: dockerLoads,
    async probe(call) {
      const probed = await probeEngine(client, call);
      if (probed.probe.usable && probed.facts !== undefined) facts.set(probed.probe, probed.facts);
      return probed.probe;
    },
    refuse: (plan, probe) => refuseValues(plan, facts.get(probe)),
    create: (plan, call) => createContainer(client, plan, call),
    start: (id, call) => startContainer(client, id, call),
    resolve: (idOrName, call) => resolveContainer(client, idOrName, call),
    inspect: (ids, call) => inspectContainers(client, ids, call),
    list: (labels, call) => listContainers(client, labels, call),
    wait: (id, call) => waitForContainer(client, id, call),
    logs: (id, request, call) => readLogs(client, id, request, call),
    stop: (id, options, call) => stopContainer(client, id, { ...options, ...call }),
    kill: (id, name, call) => killContainer(client, id, { name, ...call }),
    remove: (id, call) => removeContainer(client, id, call),
    exec: (id, request, call) => execInContainer(client, id, request, call),
    images: engineImages(client),
    volumes: engineVolumes(client, estate),
    async close() {
      client.close();
    },
  };
}

function endpointOfEnvironment(): Endpoint {
  const { source, place } = defaultCandidate({ env: process.env, uid: process.getuid?.() ?? 0, home: homedir() });
  if ('endpoint' in place) return place.endpoint;
  throw failure({
    code: 'INVALID_SPEC',
    operation: 'connect',
    message: `${source}: ${place.problem.reason}`,
    hint: place.problem.hint,
  });
}
