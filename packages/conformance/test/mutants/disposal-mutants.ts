import { changedHandle, changedManager, type Mutant } from './mutant.ts';

export const disposalMutants: readonly Mutant[] = [
  changedHandle('disposing-forgets', 'disposing a handle removes nothing', () => ({
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })),
  changedHandle('disposing-waits', 'disposing a handle grants the grace of a stop', (handle) => {
    let mine = true;
    return {
      detach() {
        mine = false;
        return handle.detach();
      },
      async [Symbol.asyncDispose]() {
        if (mine) await handle.stop();
        await handle[Symbol.asyncDispose]();
      },
    };
  }),
  changedHandle('detached-handles-remove', 'disposing a detached handle removes', (handle) => ({
    [Symbol.asyncDispose]: () => handle.remove(),
  })),
  changedManager('managers-take-their-containers', 'disposing a manager removes what it started', (manager) => {
    const created = new Set<string>();
    return {
      ...manager,
      async run(spec, options) {
        const handle = await manager.run(spec, options);
        created.add(handle.id);
        return handle;
      },
      async [Symbol.asyncDispose]() {
        for (const id of created) await manager.remove(id);
        await manager[Symbol.asyncDispose]();
      },
    };
  }),
  changedManager('disposed-managers-go-on', 'a disposed manager goes on', (manager) => ({
    ...manager,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })),
  {
    id: 'auto-removal-is-too-early',
    breaks: 'the engine removes at the end, exit and output included',
    fault: () => ({
      backend: (backend, engine) => ({
        ...backend,
        start: async (id, call) => {
          await backend.start(id, call);
          const container = engine.containers.get(id);
          if (container?.plan.autoRemove === true) void container.ended.then(() => engine.remove(id));
        },
      }),
    }),
  },
];
