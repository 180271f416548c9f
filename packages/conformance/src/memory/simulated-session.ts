import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerManager } from '@fairlead/core';
import {
  readStartTime,
  label,
  type Backend,
  type CreatePlan,
  type Estate,
  type ManagerOptions,
} from '@fairlead/core/backend';
import { memoryBackend, type Decorate, type MemoryEngine } from '@fairlead/core/testing';
import { performTask, type OtherSession, type SessionOptions } from '../session/session.ts';
import type { StandIns } from './stand-ins.ts';

/** How the sessions of a memory target are opened. */
export interface SimulatedSessionParts {
  readonly engine: MemoryEngine;
  readonly faulty: Decorate;
  readonly standIns: StandIns;
  open(options: ManagerOptions, decorate: Decorate): ContainerManager;
}

/**
 * A process that is none: the engine lives in this one. A process that sleeps lends its pid, so that its death is as
 * provable as that of a real session, and what a dead one would not have heard never arrives.
 */
export async function simulatedSession(
  { owner, signal }: SessionOptions,
  { engine, faulty, open, standIns }: SimulatedSessionParts,
): Promise<OtherSession> {
  const pid = await standIns.take();
  const died = Promise.withResolvers<never>();
  died.promise.catch(() => undefined);
  let dead = false;
  const die = (): void => {
    if (!dead) process.kill(pid, 'SIGKILL');
    dead = true;
    died.reject(new Error('the other process ended before its task was done'));
  };
  signal.addEventListener('abort', die, { once: true });
  const manager = open({ owner }, (_, estate) => {
    const lent = lendPid(estate, pid);
    const backend = faulty(memoryBackend(engine, lent), lent);
    const relabelled = {
      ...backend,
      create: (plan: CreatePlan, call: Parameters<Backend['create']>[1]) => backend.create(withProof(plan, lent), call),
    };
    return cuttable(relabelled, () => dead);
  });
  return {
    perform: (task) => Promise.race([performTask(manager, task, die), died.promise]),
    async kill() {
      die();
      while (readStartTime(pid) !== undefined) await sleep(1);
    },
  };
}

function lendPid(estate: Estate, pid: number): Estate {
  const proof = { ...estate.session.proof, pid, startTime: readStartTime(pid) ?? '' };
  return { ...estate, session: { ...estate.session, proof } };
}

function withProof(plan: CreatePlan, { session }: Estate): CreatePlan {
  return { ...plan, labels: { ...plan.labels, [label.sessionProof]: JSON.stringify(session.proof) } };
}

/** The same functions; once cut, none is called and none answers any more. */
function cuttable<T extends object>(group: T, isCut: () => boolean): T {
  return new Proxy(group, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return cuttable(value, isCut);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]) =>
        isCut() ? never : cutResult(Reflect.apply(value, target, given), isCut);
    },
  });
}

const never: Promise<never> = new Promise(() => undefined);

function cutResult(result: unknown, isCut: () => boolean): unknown {
  if (!(result instanceof Promise)) return result;
  return result.then(
    (value: unknown) => (isCut() ? never : value),
    (error: unknown) => (isCut() ? never : Promise.reject(error)),
  );
}
