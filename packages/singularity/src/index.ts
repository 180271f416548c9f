import type { ContainerManager } from '@fairlead/core';
import { defineBackend, type BackendModule, type ManagerOptions } from '@fairlead/core/backend';
import { openBackend } from './backend.ts';
import { discover } from './discover.ts';
import { backendName } from './errors.ts';
import { imageFormats } from './images.ts';
import { optionsSchema, type SingularityOptions } from './options.ts';

export type { SingularityOptions } from './options.ts';

/** Apptainer and SingularityCE. */
const singularityModule: BackendModule = defineBackend({
  name: backendName,
  formats: imageFormats,
  loads: [],
  kube: false,
  options: optionsSchema,
  discover,
  open: openBackend,
});

export default singularityModule;

/** A manager of containers of Apptainer or SingularityCE. @throws FairleadError `INVALID_SPEC` for options that do not fit */
export function singularity(options: SingularityOptions = {}, managerOptions: ManagerOptions = {}): ContainerManager {
  return singularityModule.connect(options, managerOptions);
}
