import type { BackendVolumes } from '../backend/backend.ts';
import { FairleadError } from '../errors.ts';
import { nameTaken, type MemoryEngine } from './memory-engine.ts';

/** The volumes of an in-memory engine. */
export function memoryVolumes(engine: MemoryEngine): BackendVolumes {
  return {
    async create({ name, labels }) {
      if (engine.volumes.has(name)) throw nameTaken('volume', name);
      engine.volumes.set(name, { name, labels, files: new Map() });
    },
    async inspect(name) {
      return engine.volumes.get(name);
    },
    async list(labels) {
      return [...engine.volumes.values()].filter((volume) => hasLabels(volume.labels, labels));
    },
    async remove(name) {
      const user = [...engine.containers.values()].find(({ plan }) =>
        plan.mounts.some((mount) => mount.type === 'volume' && mount.volume === name),
      );
      if (user !== undefined) throw inUse(name, user.plan.name);
      engine.volumes.delete(name);
    },
    async readFile(name, path, { maxBytes }) {
      const file = engine.volume(name).files.get(`/${path}`);
      if (file === undefined) throw unreadable(path, 'it is absent or no regular file');
      if (file.bytes.length > maxBytes) throw unreadable(path, `it is larger than ${maxBytes} bytes`);
      return file.bytes;
    },
  };
}

/** Whether all of `wanted` are among `labels`. */
export function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function inUse(name: string, container: string): FairleadError {
  return new FairleadError({
    code: 'IN_USE',
    message: `the volume ${JSON.stringify(name)} is mounted by the container ${container}`,
    hint: 'Remove the container first.',
    details: { volume: name },
  });
}

function unreadable(path: string, reason: string): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    message: `${JSON.stringify(path)} cannot be read: ${reason}`,
    details: { path },
  });
}
