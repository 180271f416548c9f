import type { BackendModule } from '@fairlead/core/backend';
import type { Door } from '@fairlead/lab';

/** The module of a backend. */
export async function loadBackend(name: Door): Promise<BackendModule> {
  return loaders[name]();
}

/** The modules of all backends, by name. */
export function loadBackends(): Promise<readonly { readonly name: Door; readonly module: BackendModule }[]> {
  // The keys of the record are those of its type.
  const names = Object.keys(loaders) as Door[];
  return Promise.all(names.map(async (name) => ({ name, module: await loaders[name]() })));
}

const loaders: Readonly<Record<Door, () => Promise<BackendModule>>> = {
  docker: async () => (await import('@fairlead/docker')).default,
  podman: async () => (await import('@fairlead/podman')).default,
  'podman-kube': async () => (await import('@fairlead/podman-kube')).default,
  singularity: async () => (await import('@fairlead/singularity')).default,
};
