import { FairleadError } from '@fairlead/core';
import type { Backend } from '@fairlead/core/backend';
import {
  changedExit,
  changedHandle,
  changedManager,
  changedPlan,
  tellingExits,
  withCode,
  type Mutant,
} from './mutant.ts';

export const lifecycleMutants: readonly Mutant[] = [
  {
    id: 'version-of-the-api',
    breaks: 'the probe tells the version of the API',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        probe: async (call) => {
          const probe = await backend.probe(call);
          return probe.usable ? { ...probe, version: '1.41' } : probe;
        },
      }),
    }),
  },
  {
    id: 'probes-write',
    breaks: 'a probe writes to the state folder, mounts or none',
    fault: () => ({
      backend: (backend, _, estate) => ({
        ...backend,
        probe: async (call) => {
          await estate.state.folder('mounts');
          return backend.probe(call);
        },
      }),
    }),
  },
  {
    id: 'conditions-without-how',
    breaks: 'a support on conditions does not say which',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        probe: async (call) => {
          const probe = await backend.probe(call);
          return probe.usable
            ? { ...probe, supports: { ...probe.supports, 'logs.timestamps': { kind: 'whileProcessLives', how: '' } } }
            : probe;
        },
      }),
    }),
  },
  changedManager('absence-without-remedy', 'an engine that is not there comes without a hint', (manager) => ({
    ...manager,
    probe: async (options) => {
      const probe = await manager.probe(options);
      return probe.usable ? probe : { ...probe, hint: undefined };
    },
  })),
  changedManager('completion-drops-stderr', 'runToCompletion reads stdout only', (manager) => ({
    ...manager,
    runToCompletion: async (spec, options) => ({ ...(await manager.runToCompletion(spec, options)), stderr: '' }),
  })),
  changedExit('high-codes-clipped', 'a code is a signed byte', (exit) =>
    exit.code === 255 ? withCode(exit, -1) : exit,
  ),
  changedManager('created-looks-running', 'a created container says that it runs', (manager) => ({
    ...manager,
    create: async (spec, options) => {
      const handle = await manager.create(spec, options);
      const inspect: typeof handle.inspect = async (call) => {
        const info = await handle.inspect(call);
        return info.state.phase === 'created'
          ? { ...info, state: { phase: 'running', rawState: 'running', attempt: 1 } }
          : info;
      };
      return { ...handle, inspect };
    },
  })),
  changedManager('created-counts-as-ended', 'a wait on a created container answers at once with 0', (manager) => ({
    ...manager,
    create: async (spec, options) => {
      const handle = await manager.create(spec, options);
      return { ...handle, wait: () => Promise.resolve({ attempt: 1, reason: 'ok', code: 0 }) };
    },
  })),
  changedHandle('second-wait-lost', 'an exit is told once', (handle) => {
    let told = false;
    return {
      wait: async (options) => {
        const exit = await handle.wait(options);
        if (told) return { attempt: 1, reason: 'lost' };
        told = true;
        return exit;
      },
    };
  }),
  changedManager('only-four-waiters', 'the fifth waiter at the same time hears nothing', (manager) => {
    let waiting = 0;
    return {
      ...manager,
      wait: async (id, options) => {
        waiting += 1;
        const late = waiting > 4;
        const exit = await manager.wait(id, options).finally(() => (waiting -= 1));
        return late ? { attempt: 1, reason: 'lost' } : exit;
      },
    };
  }),
  changedExit('finished-before-started', 'the time of the end is the epoch', (exit) => ({
    ...exit,
    finishedAt: '1970-01-01T00:00:00Z',
  })),
  {
    id: 'failed-start-is-an-exit',
    breaks: 'a command that is not there is no failed start',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        start: async (id, call) => {
          await backend.start(id, call).catch((error: unknown) => {
            if (!FairleadError.is(error, 'START_FAILED')) throw error;
          });
        },
      }),
    }),
  },
  {
    id: 'crowds-share-codes',
    breaks: 'containers that started together get the code of the first',
    fault() {
      // One slot for the exit of all that start within a moment of each other.
      let slot: { readonly until: number; code?: number | undefined } = { until: 0 };
      const slots = new Map<string, typeof slot>();
      return {
        backend: (backend) => ({
          ...tellingExits(backend, (exit, { id }) => {
            const own = slots.get(id);
            if (own === undefined || exit.code === undefined) return exit;
            own.code ??= exit.code;
            return own.code === exit.code ? exit : withCode(exit, own.code);
          }),
          async start(id, call) {
            if (performance.now() > slot.until) slot = { until: performance.now() + 20 };
            slots.set(id, slot);
            return backend.start(id, call);
          },
        }),
      };
    },
  },
  changedManager('image-told-as-id', 'inspect tells the engine’s word for the image', (manager) => ({
    ...manager,
    inspect: async (id, options) => ({ ...(await manager.inspect(id, options)), image: 'sha256:0123' }),
  })),
  changedHandle('gone-looks-exited', 'a container that is gone has ended well', (handle) => ({
    inspect: async (options) => {
      const info = await handle.inspect(options);
      const exit = { attempt: 1, reason: 'ok', code: 0 } as const;
      return info.state.phase === 'lost'
        ? { ...info, state: { phase: 'exited', rawState: 'absent', attempt: 1, exit } }
        : info;
    },
  })),
];

export const stoppingMutants: readonly Mutant[] = [
  stopping('stop-kills-at-once', 'stop sends SIGKILL', () => true),
  stopping(
    'grace-is-ignored',
    'a grace of the spec is taken for none',
    ({ stopGraceSeconds }) => stopGraceSeconds !== 10,
  ),
  changedPlan('stop-signal-is-term', 'the stop signal of the spec is dropped', (plan) => ({
    ...plan,
    stopSignal: undefined,
  })),
  {
    id: 'kill-code-is-the-signal',
    breaks: 'a killed container has the number of the signal as its code',
    fault() {
      const killed = new Set<string>();
      return {
        backend: (backend) => ({
          ...tellingExits(backend, (exit, { id }) => (killed.has(id) && exit.code === 137 ? withCode(exit, 9) : exit)),
          kill: (id, signal, call) => {
            killed.add(id);
            return backend.kill(id, signal, call);
          },
        }),
      };
    },
  },
  {
    id: 'user-signals-mixed-up',
    breaks: 'SIGUSR2 arrives as SIGUSR1',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        kill: (id, signal, call) => backend.kill(id, signal === 'SIGUSR2' ? 'SIGUSR1' : signal, call),
      }),
    }),
  },
  changedHandle('stop-of-ended-fails', 'stop of a container that has ended rejects', (handle) => ({
    stop: async (options) => {
      if ((await handle.inspect()).state.phase === 'exited')
        throw new FairleadError({ code: 'CONFLICT', message: 'it is not running' });
      await handle.stop(options);
    },
  })),
  changedHandle('remove-only-stops', 'remove of a running container ends it and keeps it', (handle) => ({
    remove: async (options) =>
      (await handle.inspect()).state.phase === 'running' ? handle.kill('SIGKILL', options) : handle.remove(options),
  })),
  changedHandle('second-remove-fails', 'a second remove does not find it', (handle) => {
    let removed = false;
    return {
      remove: async (options) => {
        if (removed) throw new FairleadError({ code: 'CONTAINER_NOT_FOUND', message: 'it is gone' });
        removed = true;
        await handle.remove(options);
      },
    };
  }),
];

type Plan = Parameters<Backend['create']>[0];

/** A stop that forgets about signal and grace where this says so. */
function stopping(id: string, breaks: string, where: (plan: Plan) => boolean): Mutant {
  return {
    id,
    breaks,
    fault: () => ({
      backend: (backend, engine) => ({
        ...backend,
        stop: async (container, options, call) => {
          const found = engine.containers.get(container);
          if (found !== undefined && where(found.plan)) found.deliver('SIGKILL');
          await backend.stop(container, options, call);
        },
      }),
    }),
  };
}
