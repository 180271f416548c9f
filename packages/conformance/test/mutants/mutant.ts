import type { ExitStatus } from '@fairlead/core';
import {
  readStartTime,
  type Backend,
  type BackendContainer,
  type CreatePlan,
  type Estate,
} from '@fairlead/core/backend';
import type { MemoryEngine } from '@fairlead/core/testing';
import type { Fault } from '../../src/memory/memory-target.ts';

/** An in-memory engine that is broken in one way. */
export interface Mutant {
  /** The id that cases name. */
  readonly id: string;
  /** What it does wrong, in a sentence. */
  readonly breaks: string;
  /** The fault, with a state of its own. */
  fault(): Fault;
}

/** A mutant that changes what is created. */
export function changedPlan(
  id: string,
  breaks: string,
  change: (plan: CreatePlan, engine: MemoryEngine) => CreatePlan,
): Mutant {
  return {
    id,
    breaks,
    fault: () => ({
      backend: (backend, engine) => ({
        ...backend,
        create: (plan, call) => backend.create(change(plan, engine), call),
      }),
    }),
  };
}

/** A mutant that tells other exits than there were. */
export function changedExit(
  id: string,
  breaks: string,
  change: (exit: ExitStatus, container: BackendContainer) => ExitStatus,
): Mutant {
  return { id, breaks, fault: () => ({ backend: (backend) => tellingExits(backend, change) }) };
}

/** The same backend, telling other exits. */
export function tellingExits(
  backend: Backend,
  change: (exit: ExitStatus, container: BackendContainer) => ExitStatus,
): Backend {
  const tell = (container: BackendContainer): BackendContainer => {
    const { state } = container;
    return state.phase === 'exited'
      ? { ...container, state: { ...state, exit: change(state.exit, container) } }
      : container;
  };
  return {
    ...backend,
    inspect: async (ids, call) =>
      new Map([...(await backend.inspect(ids, call))].map(([id, container]) => [id, tell(container)])),
    list: async (labels, call) => (await backend.list(labels, call)).map(tell),
  };
}

/** An exit with another code. */
export function withCode({ attempt, startedAt, finishedAt }: ExitStatus, code: number): ExitStatus {
  return { attempt, startedAt, finishedAt, reason: 'error', code };
}

/** A mutant over a manager. */
export function changedManager(id: string, breaks: string, manager: NonNullable<Fault['manager']>): Mutant {
  return { id, breaks, fault: () => ({ manager }) };
}

/** A mutant over the handles that `run` gives. */
export function changedHandle(
  id: string,
  breaks: string,
  change: (handle: Handle, engine: MemoryEngine) => Partial<Handle>,
): Mutant {
  return changedManager(id, breaks, (manager, engine) => ({
    ...manager,
    run: async (spec, options) => {
      const handle = await manager.run(spec, options);
      return { ...handle, ...change(handle, engine) };
    },
  }));
}

/** Whether the process of this session is still there to go on. */
export function lives({ session }: Estate): boolean {
  return readStartTime(session.proof.pid) === session.proof.startTime;
}

type Handle = Awaited<ReturnType<ReturnType<NonNullable<Fault['manager']>>['run']>>;
