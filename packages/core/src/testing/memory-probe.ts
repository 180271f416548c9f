import { arch } from 'node:os';
import type { UsableProbe } from '../probe.ts';
import { native, type SupportKey, type Supports } from '../support.ts';
import type { MemoryEngine } from './memory-engine.ts';

/** What an in-memory engine tells of itself. */
export function memoryProbe(engine: MemoryEngine): UsableProbe {
  return {
    usable: true,
    engine: 'Memory',
    version: '1.0.0',
    engineId: engine.id,
    endpoint: `memory:${engine.id}`,
    rootless: true,
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    sharesHostFiles: true,
    supports: { ...everything(), ...engine.supports },
    addedEnvironment: [],
    notes: ['Containers are functions of this process; nothing of it outlives the process.'],
  };
}

function everything(): Supports {
  // Every key of the record below is listed, and the values are all alike.
  return Object.fromEntries(Object.keys(keys).map((key) => [key, native])) as Supports;
}

const keys: Readonly<Record<SupportKey, true>> = {
  name: true,
  runId: true,
  labels: true,
  command: true,
  entrypoint: true,
  env: true,
  workdir: true,
  user: true,
  files: true,
  readOnlyRootfs: true,
  stopSignal: true,
  stopGraceSeconds: true,
  autoRemove: true,
  'mounts.bind': true,
  'mounts.volume': true,
  'mounts.tmpfs': true,
  'mounts.tmpfs.sizeBytes': true,
  'network.none': true,
  'network.private': true,
  'network.host': true,
  'resources.memoryBytes': true,
  'resources.cpus': true,
  'resources.pids': true,
  'rootfs.writable': true,
  'logs.follow': true,
  'logs.tail': true,
  'logs.since': true,
  'logs.timestamps': true,
  exec: true,
  'exec.env': true,
  'exec.workdir': true,
  'exec.user': true,
  volumes: true,
  'volumes.readFile': true,
  kube: true,
};
