import { FairleadError, type Container, type ContainerManager, type ProgressCall } from '@fairlead/core';
import type { BackendContainer, CreatePlan } from '@fairlead/core/backend';
import { gather } from '../../src/gather.ts';
import { changedManager, type Mutant } from './mutant.ts';

export const processesMutants: readonly Mutant[] = [
  changedManager(
    'strangers-cannot-wait-and-follow',
    'who follows a container of another process is told no exit',
    (manager) => {
      const created = new Set<string>();
      const followed = new Set<string>();
      const logs: ContainerManager['logs'] = manager.logs.bind(manager);
      return {
        ...manager,
        run: (spec, options) => manager.run(spec, options).then((handle) => noted(created, handle)),
        logs: ((id: string, options: Parameters<ContainerManager['logs']>[1]) => {
          if (options?.follow === true) followed.add(id);
          return logs(id, options);
          // The overloads of `logs` are kept: its arguments are passed on as they are.
        }) as ContainerManager['logs'],
        wait: async (id, options) => {
          const exit = await manager.wait(id, options);
          return followed.has(id) && !created.has(id) ? { attempt: 1, reason: 'lost' } : exit;
        },
      };
    },
  ),
  changedManager('adopted-handles-remove', 'disposing an adopted handle removes', (manager) => ({
    ...manager,
    adopt: async (ref, options) => {
      const handle = await manager.adopt(ref, options);
      return { ...handle, [Symbol.asyncDispose]: () => handle.remove() };
    },
  })),
  changedManager('progress-is-told-late', 'creating is told after it', (manager) => ({
    ...manager,
    run: (spec, options) => manager.run(spec, { ...options, onProgress: late(options?.onProgress) }),
  })),
  sparing(
    'reap-leaves-the-unstarted',
    'reap does not see what was never started',
    ({ state }) => state.phase === 'created',
  ),
  changedManager('adopted-logs-begin-now', 'the log of an adopted container begins at its adoption', (manager) => ({
    ...manager,
    adopt: async (ref, options) => {
      const handle = await manager.adopt(ref, options);
      const known = (await gather(handle.logs())).length;
      const logs = (given: Parameters<ContainerManager['logs']>[1]): AsyncIterable<unknown> =>
        after(known, handle.logs({ ...given, as: 'lines' }));
      // Good enough for the lines that cases read from adopted containers.
      return { ...handle, logs: logs as Container['logs'] };
    },
  })),
  sparing('reap-spares-the-ended', 'reap does not see what has ended', ({ state }) => state.phase === 'exited'),
  changedManager('completions-are-kept', 'what runToCompletion starts counts as given up', (manager) => ({
    ...manager,
    async runToCompletion(spec, options) {
      const container = await manager.create(spec, options);
      await container.detach();
      await manager.start(container.id, options);
      try {
        const exit = await container.wait(options);
        const chunks = await gather(container.logs({ as: 'chunks' }));
        const of = (stream: string): string =>
          Buffer.concat(chunks.filter((each) => each.stream === stream).map(({ bytes }) => bytes)).toString();
        return { exit, stdout: of('stdout'), stderr: of('stderr'), truncated: false };
      } finally {
        await container.remove();
      }
    },
  })),
];

export const abortMutants: readonly Mutant[] = [
  changedManager('aborted-calls-go-on', 'a signal that is aborted already is not looked at', (manager) => ({
    ...manager,
    run: (spec, options) =>
      manager.run(spec, options?.signal?.aborted === true ? { ...options, signal: undefined } : options),
  })),
  {
    id: 'cut-creates-come-true',
    breaks: 'a create that is cut off comes true in the engine, and nobody undoes it',
    fault() {
      const underWay = new Set<CreatePlan>();
      return {
        backend: (backend) => ({
          ...backend,
          async create(plan, call) {
            underWay.add(plan);
            return backend.create(plan, call).finally(() => underWay.delete(plan));
          },
        }),
        manager: (manager, engine) => ({
          ...manager,
          async run(spec, options) {
            let cut: readonly CreatePlan[] = [];
            options?.signal?.addEventListener('abort', () => (cut = [...underWay]), { once: true });
            return manager.run(spec, options).catch((error: unknown) => {
              for (const plan of cut) if (plan.name === spec.name) engine.create(plan);
              throw error;
            });
          },
        }),
      };
    },
  },
  leaking('aborted-starts-stay', 'a run that is aborted while it starts leaves its container', 'starting'),
  changedManager('aborted-completions-run-on', 'an aborted runToCompletion leaves its container', (manager) => ({
    ...manager,
    runToCompletion: (spec, options) =>
      manager.runToCompletion(spec, options).catch(async (error: unknown) => {
        if (options?.signal?.aborted === true) await manager.create(spec);
        throw error;
      }),
  })),
  changedManager('aborted-waits-kill', 'who stops waiting ends the container', (manager) => ({
    ...manager,
    wait: (id, options) =>
      manager.wait(id, options).catch(async (error: unknown) => {
        if (options?.signal?.aborted === true) await manager.kill(id);
        throw error;
      }),
  })),
  changedManager(
    'timeouts-look-like-lost-connections',
    'a call that took too long rejects as if the engine were gone',
    (manager) => ({
      ...manager,
      wait: (id, options) =>
        manager.wait(id, options).catch((error: unknown) => {
          throw FairleadError.is(error, 'TIMEOUT')
            ? new FairleadError({ code: 'CONNECTION_LOST', message: error.message })
            : error;
        }),
    }),
  ),
];

type OnProgress = ProgressCall['onProgress'];

function late(onProgress: OnProgress): OnProgress {
  let held: Parameters<NonNullable<OnProgress>>[0] | undefined;
  return (progress) => {
    if (progress.phase === 'creating') {
      held = progress;
      return;
    }
    if (held !== undefined && progress.phase === 'starting') onProgress?.(held);
    onProgress?.(progress);
  };
}

/** A mutant that leaves a container of this spec when a run is aborted in this phase. */
function leaking(id: string, breaks: string, at: string): Mutant {
  return changedManager(id, breaks, (manager) => ({
    ...manager,
    run: async (spec, options) => {
      let phase = '';
      const onProgress: OnProgress = (progress) => {
        phase = progress.phase;
        options?.onProgress?.(progress);
      };
      try {
        return await manager.run(spec, { ...options, onProgress });
      } catch (error) {
        if (phase === at && options?.signal?.aborted === true) await manager.create(spec);
        throw error;
      }
    },
  }));
}

/** A mutant whose reap does not see some containers. */
function sparing(id: string, breaks: string, spares: (container: BackendContainer) => boolean): Mutant {
  return {
    id,
    breaks,
    fault() {
      let reaping = 0;
      return {
        backend: (backend) => ({
          ...backend,
          list: async (labels, call) =>
            (await backend.list(labels, call)).filter((container) => reaping === 0 || !spares(container)),
        }),
        manager: (manager) => ({
          ...manager,
          reap: async (options) => {
            reaping += 1;
            return manager.reap(options).finally(() => (reaping -= 1));
          },
        }),
      };
    },
  };
}

function noted<T extends { readonly id: string }>(ids: Set<string>, handle: T): T {
  ids.add(handle.id);
  return handle;
}

async function* after<T>(count: number, items: AsyncIterable<T>): AsyncGenerator<T> {
  let given = 0;
  for await (const item of items) {
    if (given >= count) yield item;
    given += 1;
  }
}
