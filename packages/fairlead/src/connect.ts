import type { ContainerManager } from '@fairlead/core';
import type { ManagerOptions } from '@fairlead/core/backend';
import { loadImageKnowledge } from './image-knowledge.ts';
import { loadBackend, type BackendName } from './modules.ts';

/**
 * Opens the engine of one backend by name, wherever its options say; asks it nothing yet.
 * @param options the backend's own, for example `{ socketPath }`
 * @throws FairleadError `INVALID_SPEC` for an unknown name (with the names there are) or options that do not fit
 */
export async function connect(
  name: BackendName,
  options: object = {},
  managerOptions: ManagerOptions = {},
): Promise<ContainerManager> {
  const module = await loadBackend(name);
  return module.connect(options, { images: await loadImageKnowledge(), ...managerOptions });
}
