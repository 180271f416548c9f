import type { Supports } from './support.ts';

/** An engine that answers, and what it can do on this host. */
export interface UsableProbe {
  readonly usable: true;
  /** The product's name, for example `Docker Engine`. */
  readonly engine: string;
  readonly version: string;
  /** Names the store: one engine seen through several doors has one id. */
  readonly engineId: string;
  /** Where it was reached: a URL or the absolute path of a command. */
  readonly endpoint: string;
  readonly rootless: boolean;
  /** GOARCH word of the engine's host. */
  readonly architecture: string;
  /** Whether paths of this process's host mean the same files to the engine. */
  readonly sharesHostFiles: boolean;
  readonly supports: Supports;
  /** Names of variables that the engine adds to every environment. */
  readonly addedEnvironment: readonly string[];
  /** Things worth knowing about this host, one sentence each. */
  readonly notes: readonly string[];
}

/** An engine that cannot be used, why, and what to do about it. */
export interface UnusableProbe {
  readonly usable: false;
  readonly endpoint?: string | undefined;
  readonly reason: string;
  readonly hint?: string | undefined;
}

/** What asking an engine gave. */
export type Probe = UsableProbe | UnusableProbe;
