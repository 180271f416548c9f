import { setTimeout as sleep } from 'node:timers/promises';
import { label, type Estate } from '@fairlead/core/backend';
import type { MemoryEngine } from '@fairlead/core/testing';
import { changedManager, lives, type Mutant } from './mutant.ts';

/** Time in which a process can die: enough for a session that is killed by the clock, and little for the suite's own. */
function aWhile({ session }: Estate): Promise<void> {
  return sleep(session.proof.pid === process.pid ? 1 : 1_500);
}

/** Faults that show when a process dies while the engine is at work for it. */
export const midwayMutants: readonly Mutant[] = [
  changedManager('runs-begin-with-a-container', 'a container is made before its image is ready', (manager, engine) => ({
    ...manager,
    run: (spec, options) => {
      const undo = new Set<string>();
      return manager.run(spec, {
        ...options,
        onProgress: (progress) => {
          if (progress.phase === 'resolving' && spec.name !== undefined) undo.add(placeholder(engine, spec.name));
          if (progress.phase === 'creating') for (const id of undo) engine.remove(id);
          options?.onProgress?.(progress);
        },
      });
    },
  })),
  {
    id: 'proof-comes-after-the-create',
    breaks: 'whose a container is, is written after it was made',
    fault: () => ({
      backend: (backend, _, estate) => ({
        ...backend,
        async create(plan, call) {
          // Of what is named, and so is there: a death that comes while a file is loaded is another matter.
          if (plan.image.format !== 'registry') return backend.create(plan, call);
          const labels = { ...plan.labels };
          delete labels[label.sessionProof];
          const id = await backend.create({ ...plan, labels }, call);
          await aWhile(estate);
          if (lives(estate)) Object.assign(labels, plan.labels);
          return id;
        },
      }),
    }),
  },
  {
    id: 'labels-go-before-the-container',
    breaks: 'a container that is being removed loses its labels first',
    fault: () => ({
      backend: (backend, engine, estate) => ({
        ...backend,
        async remove(id, call) {
          const labels = engine.containers.get(id)?.plan.labels ?? {};
          Reflect.deleteProperty(labels, label.sessionProof);
          await aWhile(estate);
          if (lives(estate)) await backend.remove(id, call);
        },
      }),
    }),
  },
];

function placeholder(engine: MemoryEngine, name: string): string {
  const taken = engine.named(name);
  return taken?.id ?? engine.create({ ...blank, name }).id;
}

const blank: Omit<Parameters<MemoryEngine['create']>[0], 'name'> = {
  image: { format: 'registry', name: 'suite:1' },
  ensured: { id: 'suite:1' },
  imageConfig: undefined,
  labels: {},
  command: undefined,
  entrypoint: undefined,
  env: {},
  workdir: undefined,
  user: undefined,
  mounts: [],
  files: [],
  network: { mode: 'none' },
  resources: {},
  readOnlyRootfs: false,
  stopSignal: undefined,
  stopGraceSeconds: 10,
  autoRemove: false,
};
