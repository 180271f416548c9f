import { describe, expect, it } from 'vitest';
import { supportsOf, type SupportFacts } from './supports.ts';

const docker: SupportFacts = {
  podman: undefined,
  rootless: false,
  sharesHostFiles: true,
  bridge: true,
  memoryLimit: true,
  cpuLimit: true,
  pidsLimit: true,
};

function refused(facts: Partial<SupportFacts>): readonly string[] {
  const supports = supportsOf({ ...docker, ...facts });
  return Object.entries(supports).flatMap(([key, support]) => (support.kind === 'unsupported' ? [key] : []));
}

describe('supportsOf', () => {
  it('refuses nothing on Docker but manifests and mounts of images', () => {
    expect(refused({})).toEqual(['images.mount', 'kube']);
  });

  it('promises the removal after the end only while this process lives (C38)', () => {
    expect(supportsOf(docker).autoRemove.kind).toBe('whileProcessLives');
  });

  it('refuses the limits that the engine cannot enforce (C15)', () => {
    expect(refused({ memoryLimit: false })).toContain('resources.memoryBytes');
    expect(refused({ cpuLimit: false })).toContain('resources.cpus');
    expect(refused({ pidsLimit: false })).toContain('resources.pids');
  });

  it('refuses a private network where there is no bridge', () => {
    expect(refused({ bridge: false })).toContain('network.private');
  });

  it('refuses the host’s network where rootless Docker would give another', () => {
    expect(refused({ rootless: true })).toContain('network.host');
    expect(refused({ rootless: true, podman: '5.8.6' })).not.toContain('network.host');
  });

  it('refuses what Podman ignores through this API (C108, C122)', () => {
    expect(refused({ podman: '5.8.6' })).toEqual(['readOnlyRootfs', 'images.mount', 'kube']);
    expect(refused({ podman: '5.8.6', sharesHostFiles: false })).toContain('mounts.bind');
    expect(refused({ sharesHostFiles: false })).not.toContain('mounts.bind');
  });

  it('gives a reason with every refusal', () => {
    const supports = Object.values(supportsOf({ ...docker, podman: '5', bridge: false, memoryLimit: false }));
    const reasons = supports.flatMap((support) =>
      support.kind === 'unsupported' ? [support.reason, support.hint] : [],
    );
    expect(reasons.every((text) => text !== undefined && text !== '')).toBe(true);
  });
});
