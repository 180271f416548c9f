import type { Completed, Container, ContainerManager, RunSpec, SupportKey, Supports } from '@fairlead/core';
import type { ManagerOptions } from '@fairlead/core/backend';
import type { OtherSession, SessionOptions } from './session/session.ts';
import type { Target, Workload } from './target.ts';
import type { Step } from './workload/steps.ts';

/** `version`: run against old versions of an engine too. `mandatory`: named by the project's acceptance list. */
export type Tag = 'version' | 'mandatory';

/** One statement about every engine, and how to prove it. */
export interface Case {
  /** `GROUP/WORDS`. */
  readonly id: string;
  /** A sentence about behaviour. */
  readonly title: string;
  /** Ids of requirements, hazards and measured facts. */
  readonly requirements: readonly [string, ...string[]];
  /** What an engine must support for it; otherwise asking for that must be refused, and nothing may be left. */
  readonly uses: readonly SupportKey[];
  /** The one support whose effect this case proves. */
  readonly proves?: SupportKey;
  readonly tags?: readonly Tag[];
  /** Faults of the in-memory engine, each of which must make this case fail. */
  readonly mutants: readonly [string, ...string[]];
  /** Rejects unless the statement holds. */
  run(context: CaseContext): Promise<void>;
}

/** What a case works with. What it starts is cleaned up after it, and must have been started through here. */
export interface CaseContext {
  readonly target: Target;
  /** A manager whose owner is this case. */
  readonly manager: ContainerManager;
  readonly owner: string;
  readonly supports: Supports;
  /** Ends when the case has taken too long. */
  readonly signal: AbortSignal;
  /** A folder on this host, empty, that the engine can mount. */
  readonly folder: string;
  /** A name that nothing else has. */
  name(hint: string): string;
  /** Part of a spec that does these steps. */
  workload(steps: readonly Step[], rest?: readonly string[]): Workload;
  /** Runs these steps; a spec may say more. */
  run(steps: readonly Step[], spec?: Partial<RunSpec>): Promise<Container>;
  /** Runs these steps to the end and removes the container. */
  finish(steps: readonly Step[], spec?: Partial<RunSpec>): Promise<Completed>;
  /** Another manager in this process, of this owner unless told otherwise. */
  connect(options?: ManagerOptions): ContainerManager;
  /** Another process of this owner. */
  session(manager?: SessionOptions['manager']): Promise<OtherSession>;
  /** Waits for seconds of the target's pace. */
  pause(seconds: number): Promise<void>;
  /** Asks until the answer is not undefined. */
  until<T>(ask: () => Promise<T | undefined>): Promise<T>;
}
