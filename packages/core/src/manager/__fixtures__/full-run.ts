import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSpec } from '../../spec.ts';
import type { TestManager } from './test-manager.ts';

/** A spec that makes something of everything: a folder on the host, private copies, a container. */
export function fullSpec({ stateFolder }: TestManager): RunSpec {
  return {
    image: 'sleep:1',
    readOnlyRootfs: true,
    files: [{ target: '/etc/model', content: 'w', mode: 0o400 }],
    mounts: [{ type: 'bind', source: join(stateFolder, 'made/for/this'), target: '/in', missing: 'create' }],
  };
}

/** All that a call can leave behind. */
export async function leftovers({ engine, stateFolder }: TestManager): Promise<readonly string[]> {
  const files = await readdir(join(stateFolder, 'files')).catch(() => []);
  const made = (await readdir(stateFolder)).filter((name) => name === 'made');
  return [...engine.containers.keys(), ...files, ...made];
}
