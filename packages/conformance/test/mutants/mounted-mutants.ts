import { join } from 'node:path';
import { memoryImageKnowledge } from '../../src/memory/memory-image-knowledge.ts';
import type { Mutant } from './mutant.ts';

/** Faults of an engine that mounts images. */
export const mountedMutants: readonly Mutant[] = [
  {
    id: 'mounts-stay',
    breaks: 'a mount outlives its container',
    fault: () => ({
      backend: (backend, engine) => ({
        ...backend,
        async remove(id, call) {
          const mounts = [...engine.mounts];
          await backend.remove(id, call);
          for (const [mount, what] of mounts) engine.mounts.set(mount, what);
        },
      }),
    }),
  },
  {
    id: 'dead-mounts-are-not-swept',
    breaks: 'what another process has mounted for a container that it never made stays',
    fault: () => ({
      backend: (backend, engine, { session, ownerLabel: owner, state }) => ({
        ...backend,
        async create(plan, call) {
          const id = await backend.create(plan, call);
          if (plan.mounted !== undefined && session.proof.pid !== process.pid) {
            const mountPoint = join(state.path, 'mounts', `${id}-too`);
            const { path } = plan.mounted.file;
            engine.mounts.set(`${id}-too`, { path, mountPoint, program: '', owner, proof: session.proof });
          }
          return id;
        },
        sweep: () => Promise.resolve([]),
      }),
    }),
  },
  {
    id: 'mounts-are-loaded-too',
    breaks: 'an image that is mounted is converted and loaded besides',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        async create(plan, call) {
          const [converter] = memoryImageKnowledge.converters;
          if (plan.mounted !== undefined && plan.image.format !== 'registry') {
            await using converted = await converter?.open(plan.image, {});
            if (converted !== undefined) await backend.images.load?.(converted.stream(), call);
          }
          return backend.create(plan, call);
        },
      }),
    }),
  },
  {
    id: 'mounted-config-ignored',
    breaks: 'what an image says of itself is lost when it is mounted',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        create: (plan, call) => backend.create(plan.mounted === undefined ? plan : { ...plan, imageConfig: {} }, call),
      }),
    }),
  },
];
