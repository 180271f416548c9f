import { describe, expect, it } from 'vitest';
import { plan } from './__fixtures__/plan.ts';
import type { EngineFacts } from './probe.ts';
import { refuseValues } from './refuse.ts';

const facts: EngineFacts = {
  podman: undefined,
  rootless: false,
  sharesHostFiles: true,
  bridge: true,
  memoryLimit: true,
  cpuLimit: true,
  pidsLimit: true,
  cpus: 2,
};

describe('refuseValues', () => {
  it.each([
    [{ memoryBytes: 6 * 1024 * 1024 - 1 }, ['resources.memoryBytes']],
    [{ memoryBytes: 6 * 1024 * 1024 }, []],
    [{ cpus: 2.5 }, ['resources.cpus']],
    [{ cpus: 0.001 }, ['resources.cpus']],
    [{ cpus: 2 }, []],
    [{ cpus: 0.01, memoryBytes: 1 }, ['resources.memoryBytes']],
  ])('%j: %j (C106)', (resources, keys) => {
    expect(refuseValues(plan({ resources }), facts).map(({ key }) => key)).toEqual(keys);
  });

  it('knows no upper end where the engine did not tell its CPUs', () => {
    expect(refuseValues(plan({ resources: { cpus: 500 } }), undefined)).toEqual([]);
  });

  it.each(['/a:b', '/a,b'])('refuses the source %s, which Podman would split', (source) => {
    const mounts = [{ type: 'bind', source, target: '/x' }] as const;
    expect(refuseValues(plan({ mounts }), { ...facts, podman: '5.8.6' })).toMatchObject([{ key: 'mounts.bind' }]);
    expect(refuseValues(plan({ mounts }), facts)).toEqual([]);
  });
});
