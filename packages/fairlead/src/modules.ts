import type { BackendModule } from '@fairlead/core/backend';
import { FairleadError } from '@fairlead/core';

/** Loads each backend only when it is asked for: a machine with one engine loads the client of one. */
const loaders: Readonly<Record<BackendName, () => Promise<BackendModule>>> = {
  docker: async () => (await import('@fairlead/docker')).default,
  podman: async () => (await import('@fairlead/podman')).default,
  'podman-kube': async () => (await import('@fairlead/podman-kube')).default,
  singularity: async () => (await import('@fairlead/singularity')).default,
};

/** The backends that come with this package. */
export type BackendName = 'docker' | 'podman' | 'podman-kube' | 'singularity';

/** Their names, in the order in which documentation lists them. */
export const backendNames: readonly BackendName[] = ['docker', 'podman', 'podman-kube', 'singularity'];

/** The module of one backend. @throws FairleadError `INVALID_SPEC` with the names that there are */
export async function loadBackend(name: string): Promise<BackendModule> {
  const known = backendNames.find((candidate) => candidate === name);
  if (known !== undefined) return loaders[known]();
  throw new FairleadError({
    code: 'INVALID_SPEC',
    operation: 'connect',
    message: `there is no backend ${JSON.stringify(name)}; there are ${backendNames.join(', ')}`,
    details: { name, names: backendNames },
  });
}

/** The modules of all backends. */
export function loadBackends(): Promise<readonly BackendModule[]> {
  return Promise.all(backendNames.map((name) => loaders[name]()));
}
