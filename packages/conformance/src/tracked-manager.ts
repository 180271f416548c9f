import type { ContainerManager } from '@fairlead/core';

/** A manager that remembers what was started through it. */
export interface TrackedManager {
  readonly manager: ContainerManager;
  /** Removes what was started through it, gone or not, and closes it. */
  cleanUp(): Promise<void>;
}

/** Tracks what is started through a manager, whatever a case does with the handles, or with the manager. */
export function trackManager(connect: () => ContainerManager): TrackedManager {
  const manager = connect();
  const containers = new Set<string>();
  const volumes = new Set<string>();
  const plays = new Set<string>();
  const tracked: ContainerManager = {
    ...manager,
    run: (spec, options) => manager.run(spec, options).then((container) => remember(containers, container)),
    create: (spec, options) => manager.create(spec, options).then((container) => remember(containers, container)),
    async createVolume(spec, options) {
      const volume = await manager.createVolume(spec, options);
      volumes.add(volume.name);
      return volume;
    },
    playKube: (input, options) => manager.playKube(input, options).then((play) => remember(plays, play)),
  };
  return {
    manager: tracked,
    async cleanUp() {
      const failures: unknown[] = [];
      const attempt = async (work: PromiseLike<unknown>): Promise<void> => {
        try {
          await work;
        } catch (error) {
          failures.push(error);
        }
      };
      await attempt(manager[Symbol.asyncDispose]());
      if (containers.size + plays.size + volumes.size === 0 && failures.length === 0) return;
      // The case may have disposed of the other one.
      await using cleaner = connect();
      await Promise.all([...containers].map((id) => attempt(cleaner.remove(id, limit))));
      for (const id of plays) await attempt(takeDown(cleaner, id));
      await Promise.all([...volumes].map((name) => attempt(cleaner.volumes.remove(name, limit))));
      if (failures.length > 0) throw new AggregateError(failures, 'what the case started could not be removed');
    },
  };
}

/** Time for one removal. */
const limit = { timeoutMs: 60_000 };

function remember<T extends { readonly id: string }>(ids: Set<string>, started: T): T {
  ids.add(started.id);
  return started;
}

async function takeDown(manager: ContainerManager, id: string): Promise<void> {
  const plays = await manager.kube.list(limit);
  if (plays.some((play) => play.id === id)) await (await manager.kube.get(id, limit)).down(limit);
}
