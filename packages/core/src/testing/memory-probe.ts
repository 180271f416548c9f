import { arch } from 'node:os';
import type { UsableProbe } from '../probe.ts';
import { supportKeys } from '../support-keys.ts';
import { native, type Supports } from '../support.ts';
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
  // Every key is listed, and the values are all alike.
  return Object.fromEntries(supportKeys.map((key) => [key, native])) as Supports;
}
