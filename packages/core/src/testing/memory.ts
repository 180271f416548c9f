import { z } from 'zod';
import type { Backend } from '../backend/backend.ts';
import { defineBackend, type BackendModule, type ManagerOptions } from '../backend/define-backend.ts';
import type { Estate } from '../estate/estate.ts';
import type { ContainerManager } from '../manager.ts';
import { memoryBackend } from './memory-backend.ts';
import { MemoryEngine, type MemoryEngineOptions } from './memory-engine.ts';

/** Changes what a manager does with an engine, for example to make it fail. */
export type Decorate = (backend: Backend, estate: Estate) => Backend;

/** How to open an in-memory engine: an engine of one's own, or one that several managers share. */
export type MemoryOptions = { readonly decorate?: Decorate | undefined } & (
  | (MemoryEngineOptions & { readonly engine?: undefined })
  | { readonly engine: MemoryEngine }
);

/**
 * A manager without an engine, for tests of code that runs containers: images are functions, volumes are memory.
 *
 * @example
 * const manager = memory({ programs: { 'greeter:1': ({ argv, stdout }) => stdout.write(`hello ${argv[0]}\n`) } });
 * const { stdout } = await manager.runToCompletion({ image: 'greeter:1', command: ['you'] });
 */
export function memory(options: MemoryOptions = {}, managerOptions: ManagerOptions = {}): ContainerManager {
  const engine = options.engine ?? new MemoryEngine(options);
  return memoryModule(engine, options.decorate).connect({}, managerOptions);
}

/** The same as a backend's module, for tests of code that chooses between backends. */
export function memoryModule(engine: MemoryEngine, decorate: Decorate = (backend) => backend): BackendModule {
  return defineBackend({
    name: 'memory',
    formats: ['registry'],
    loads: ['docker-archive'],
    kube: true,
    options: () => z.strictObject({}),
    async *discover() {
      yield { found: true, endpoint: `memory:${engine.id}`, door: 'socket', daemonless: true, options: {} };
    },
    open: (_, estate) => decorate(memoryBackend(engine, estate), estate),
  });
}
