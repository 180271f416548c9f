import type { Backend, BackendCall, Estate } from '@fairlead/core/backend';
import { createClient } from './client.ts';
import {
  inspectContainers,
  killContainer,
  listContainers,
  removeContainer,
  resolveContainer,
  startContainer,
  stopContainer,
  waitForContainer,
} from './containers.ts';
import { createContainer } from './create.ts';
import type { EngineRecord } from './engine-record.ts';
import { startExec } from './exec.ts';
import { createImages } from './images.ts';
import { readLogs } from './logs.ts';
import type { ResolvedOptions } from './options.ts';
import { probeEngine, readEngine } from './probe.ts';
import { refusePlan } from './refuse.ts';
import { createVolumes } from './volumes.ts';

/** Podman through its libpod socket. */
export function podmanBackend({ socketPath }: ResolvedOptions, estate: Estate): Backend {
  const client = createClient(socketPath);
  let known: EngineRecord | undefined;
  const engine = async (call: BackendCall): Promise<EngineRecord> => (known ??= await readEngine(client, call));
  const architecture = async (call: BackendCall): Promise<string> => (await engine(call)).architecture;
  const images = createImages(client, { architecture });
  return {
    formats: ['registry'],
    loads: ['docker-archive'],
    probe(call) {
      known = undefined; // asked anew, it may be another engine
      return probeEngine(client, call);
    },
    refuse: refusePlan,
    create: async (plan, call) => createContainer(client, plan, await engine(call), call),
    start: (id, call) => startContainer(client, id, call),
    resolve: (idOrName, call) => resolveContainer(client, idOrName, call),
    inspect: (ids, call) => inspectContainers(client, ids, call),
    list: (labels, call) => listContainers(client, labels, call),
    wait: (id, call) => waitForContainer(client, id, call),
    logs: (id, request, call) => readLogs(client, id, request, call),
    stop: (id, options, call) => stopContainer(client, id, options, call),
    kill: (id, signal, call) => killContainer(client, id, signal, call),
    remove: (id, call) => removeContainer(client, id, call),
    exec: (id, request, call) => startExec(client, id, request, call),
    images,
    volumes: createVolumes(client, { estate, images, architecture }),
    close: () => client.close(),
  };
}
