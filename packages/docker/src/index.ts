import type { ContainerManager } from '@fairlead/core';
import { defineBackend, type BackendModule, type ManagerOptions } from '@fairlead/core/backend';
import { dockerBackend, dockerFormats, dockerLoads } from './backend.ts';
import { discoverEngines } from './discover.ts';
import { backendName } from './errors.ts';
import { dockerOptions, type DockerOptions } from './options.ts';

export type { DockerOptions } from './options.ts';

/** The Docker backend, as `select` and `connect` take it. */
const dockerModule: BackendModule = defineBackend({
  name: backendName,
  formats: dockerFormats,
  loads: dockerLoads,
  kube: false,
  options: dockerOptions,
  discover: discoverEngines,
  open: dockerBackend,
});

export default dockerModule;

/**
 * A manager over a Docker Engine: by default the one that the docker command would use here.
 *
 * @example
 * await using manager = docker();
 * const { stdout } = await manager.runToCompletion({ image: 'busybox:1.36', command: ['echo', 'hello'] });
 * @throws FairleadError `INVALID_SPEC` for options that do not fit
 */
export function docker(options: DockerOptions = {}, managerOptions: ManagerOptions = {}): ContainerManager {
  return dockerModule.connect(options, managerOptions);
}
