import type { ContainerManager } from '@fairlead/core';
import { defineBackend, type BackendModule, type ManagerOptions } from '@fairlead/core/backend';
import { podmanBackend } from './backend.ts';
import { discover } from './discover.ts';
import { backendName } from './errors.ts';
import { optionsSchema, type PodmanOptions } from './options.ts';

/** Podman through its libpod socket, rootful and rootless. */
const podmanModule: BackendModule = defineBackend({
  name: backendName,
  formats: ['registry'],
  loads: ['docker-archive'],
  kube: false,
  options: optionsSchema,
  discover,
  open: podmanBackend,
});

export default podmanModule;

export type { PodmanOptions } from './options.ts';

/** A manager over the Podman service at a socket; without options, where Podman's own rules say. Connects when used. */
export function podman(options?: PodmanOptions, managerOptions?: ManagerOptions): ContainerManager {
  return podmanModule.connect(options, managerOptions);
}
