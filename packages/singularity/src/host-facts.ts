import type { SupervisionMode, SupervisorTools } from '@fairlead/subprocess/supervisor';
import type { Product } from './product.ts';

/** Whether something was tried and worked; else the engine's words. */
export type Tried = { readonly works: true } | { readonly works: false; readonly reason: string };

/** What probing found out about this engine on this host. */
export interface HostFacts {
  readonly product: Product;
  /** Absolute path of the engine's command. */
  readonly command: string;
  readonly root: boolean;
  readonly tools: SupervisorTools & { readonly mkfifo: string };
  readonly mode: SupervisionMode;
  /** Why there is no cage, where there is none (S2, S4). */
  readonly cage: Tried;
  readonly overlay: Tried;
  readonly noNetwork: Tried;
}
