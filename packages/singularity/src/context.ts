import type { SessionProof } from '@fairlead/core/backend';
import type { ContainerStore } from './store.ts';

/** What the functions over containers share. */
export interface BackendContext {
  readonly store: ContainerStore;
  /** Host, boot and PID namespace of this process. */
  readonly here: SessionProof;
}
