import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerManager } from '@fairlead/core';
import { openSession, readStartTime, type ManagerOptions, type Session } from '@fairlead/core/backend';
import type { Decorate } from '@fairlead/core/testing';
import { performTask, type OtherSession, type SessionOptions, type SessionResult } from '../session/session.ts';
import type { StandIns } from './stand-ins.ts';

/** How the sessions of a memory target are opened. */
export interface SimulatedSessionParts {
  readonly faulty: Decorate;
  readonly standIns: StandIns;
  open(options: ManagerOptions, decorate: Decorate): ContainerManager;
}

/**
 * A process that is none: the engine lives in this one. A process that sleeps lends its pid, so that its death is as
 * provable as that of a real session, and what a dead one would not have heard never arrives.
 */
export async function simulatedSession(
  { owner, signal, manager: more }: SessionOptions,
  { faulty, open, standIns }: SimulatedSessionParts,
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
  let stopped = false;
  const manager = open({ ...more, owner, session: lendPid(openSession(), pid) }, (backend, estate) =>
    cuttable(faulty(backend, estate), () => dead || stopped),
  );
  return {
    perform(task) {
      const told = Promise.withResolvers<SessionResult>();
      const stop = (result: SessionResult): void => {
        stopped = true;
        told.resolve(result);
      };
      return Promise.race([performTask(manager, task, { die, stop }), told.promise, died.promise]);
    },
    async kill() {
      die();
      while (readStartTime(pid) !== undefined) await sleep(1);
    },
  };
}

function lendPid(session: Session, pid: number): Session {
  return { ...session, proof: { ...session.proof, pid, startTime: readStartTime(pid) ?? '' } };
}

/** The same functions; once cut, none is called and none answers any more. */
function cuttable<T extends object>(group: T, isCut: () => boolean): T {
  return new Proxy(group, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return cuttable(value, isCut);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]) =>
        isCut()
          ? never
          : cutResult(
              Reflect.apply(
                value,
                target,
                given.map((one) => cutInput(one, isCut)),
              ),
              isCut,
            );
    },
  });
}

const never: Promise<never> = new Promise(() => undefined);

/** A stream that the engine reads ends nowhere once its process is gone. */
function cutInput(given: unknown, isCut: () => boolean): unknown {
  if (typeof given !== 'object' || given === null || !(Symbol.asyncIterator in given)) return given;
  // Only the load of images takes a stream.
  return cutStream(given as AsyncIterable<Uint8Array>, isCut);
}

async function* cutStream(stream: AsyncIterable<Uint8Array>, isCut: () => boolean): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) {
    if (isCut()) await never;
    yield piece;
  }
}

function cutResult(result: unknown, isCut: () => boolean): unknown {
  if (!(result instanceof Promise)) return result;
  return result.then(
    (value: unknown) => (isCut() ? never : value),
    (error: unknown) => (isCut() ? never : Promise.reject(error)),
  );
}
