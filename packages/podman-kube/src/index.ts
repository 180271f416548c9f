import type { ContainerManager } from '@fairlead/core';
import { defineBackend, type BackendModule, type ManagerOptions } from '@fairlead/core/backend';
import { openBackend } from './backend.ts';
import { discover } from './discover.ts';
import { backendName } from './errors.ts';
import { podmanKubeOptions, type PodmanKubeOptions } from './options.ts';

// The podman command line as a backend, with `kube play`.
const podmanKubeModule: BackendModule = defineBackend<PodmanKubeOptions, PodmanKubeOptions>({
  name: backendName,
  formats: ['registry'],
  loads: ['docker-archive', 'oci-archive'],
  kube: true,
  options: podmanKubeOptions,
  discover,
  open: openBackend,
});

export default podmanKubeModule;

/** A manager over the podman command; connects nothing until it is used. @throws FairleadError `INVALID_SPEC` */
export function podmanKube(options: PodmanKubeOptions = {}, managerOptions: ManagerOptions = {}): ContainerManager {
  return podmanKubeModule.connect(options, managerOptions);
}

export type { PodmanKubeOptions } from './options.ts';
