import type { MemoryEngine } from '@fairlead/core/testing';
import type { Look } from '../target.ts';

/** A look into the maps of an in-memory engine. */
export function memoryLook(engine: MemoryEngine): Look {
  return {
    async containers() {
      return [...engine.containers.values()].map(({ id, plan, running }) => ({
        id,
        name: plan.name,
        running,
        labels: plan.labels,
      }));
    },
    async volumes() {
      return [...engine.volumes.values()].map(({ name, labels }) => ({ name, labels }));
    },
    pods: () => Promise.resolve([...engine.pods.values()]),
    secrets: () => Promise.resolve([...engine.secrets.keys()]),
    version: () => Promise.resolve('1.0.0'),
    ...imageLook(engine),
    async make(kind, name) {
      if (kind === 'container') engine.create(foreignPlan(name));
      else if (kind === 'volume') engine.volumes.set(name, { name, labels: {}, files: new Map() });
      else if (kind === 'pod') engine.pods.set(name, name);
      else engine.secrets.set(name, 'theirs');
    },
    async unmake(kind, name) {
      if (kind === 'container')
        for (const { id, plan } of engine.containers.values()) if (plan.name === name) engine.remove(id);
      if (kind === 'volume') engine.volumes.delete(name);
      if (kind === 'pod') engine.pods.delete(name);
      if (kind === 'secret') engine.secrets.delete(name);
    },
  };
}

/** Its images, and what it has mounted; no process serves that. */
function imageLook(engine: MemoryEngine): Partial<Look> {
  return {
    images: () => Promise.resolve([...engine.images.keys()]),
    imageMounts: () =>
      Promise.resolve([...engine.mounts.values()].map(({ path, mountPoint }) => `mount ${mountPoint} of ${path}`)),
    endImageServers: () => Promise.resolve(),
    loads: (id) => Promise.resolve(engine.loads.filter((name) => name === id).length),
    async nameImage(name, id) {
      const image = engine.images.get(id);
      if (image !== undefined) engine.images.set(name, image);
    },
    async unnameImage(name) {
      engine.images.delete(name);
    },
  };
}

function foreignPlan(name: string): Parameters<MemoryEngine['create']>[0] {
  return {
    name,
    image: { format: 'registry', name: 'suite:1' },
    ensured: { id: 'suite:1' },
    imageConfig: undefined,
    labels: {},
    command: undefined,
    entrypoint: undefined,
    env: {},
    workdir: undefined,
    user: undefined,
    mounts: [],
    files: [],
    network: { mode: 'none' },
    resources: {},
    readOnlyRootfs: false,
    stopSignal: undefined,
    stopGraceSeconds: 10,
    autoRemove: false,
  };
}
