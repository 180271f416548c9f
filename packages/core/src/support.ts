import type { ExecOptions } from './exec.ts';
import type { LogOptions } from './logs.ts';
import type { Mount, NetworkMode, Resources, RunSpec } from './spec.ts';
import type { Call } from './call.ts';

type Compound = 'image' | 'mounts' | 'network' | 'resources';

/** A part of a spec that an engine honours or not; a union's tag is a leaf of its own. */
export type SpecLeaf =
  | Exclude<keyof RunSpec, Compound>
  | `mounts.${Mount['type']}`
  | `network.${NetworkMode['mode']}`
  | `resources.${keyof Resources}`
  | 'mounts.tmpfs.sizeBytes'
  | 'rootfs.writable';

/** A part of an operation that an engine offers or not. */
export type OperationLeaf =
  | `logs.${Exclude<keyof LogOptions, keyof Call | 'as'>}`
  | 'exec'
  | `exec.${Exclude<keyof ExecOptions, keyof Call>}`
  | 'volumes'
  | 'volumes.readFile'
  | 'images.mount'
  | 'kube';

/** What a support is declared for. */
export type SupportKey = SpecLeaf | OperationLeaf;

/** Whether an engine on this host does something: itself, only while this process lives, or not and why. */
export type Support =
  | { readonly kind: 'native' }
  | { readonly kind: 'whileProcessLives'; readonly how: string }
  | { readonly kind: 'unsupported'; readonly reason: string; readonly hint?: string | undefined };

/** An answer for every key: a new field of the spec does not compile until every backend has taken a position. */
export type Supports = Readonly<Record<SupportKey, Support>>;

/** One thing of a spec that cannot be honoured. */
export interface Refusal {
  readonly key: SupportKey | 'image';
  readonly reason: string;
  /** What to do instead. */
  readonly hint?: string | undefined;
}

/** The engine does it. */
export const native: Support = { kind: 'native' };

/** The engine does not do it; `hint` names the alternative. */
export function unsupported(reason: string, hint?: string): Support {
  return { kind: 'unsupported', reason, hint };
}
