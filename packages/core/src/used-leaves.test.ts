import { describe, expect, it } from 'vitest';
import type { RunSpec } from './spec.ts';
import type { SpecLeaf } from './support.ts';
import { usedLeaves } from './used-leaves.ts';

/** A spec for every leaf: a record, so that a leaf without one does not compile. */
const specs: Readonly<Record<SpecLeaf, Omit<RunSpec, 'image'>>> = {
  name: { name: 'a' },
  runId: { runId: 'a' },
  labels: { labels: {} },
  command: { command: [] },
  entrypoint: { entrypoint: ['a'] },
  env: { env: {} },
  workdir: { workdir: '/' },
  user: { user: '0' },
  files: { files: [] },
  stopSignal: { stopSignal: 'SIGINT' },
  stopGraceSeconds: { stopGraceSeconds: 0 },
  autoRemove: { autoRemove: true },
  readOnlyRootfs: { readOnlyRootfs: true },
  'rootfs.writable': {},
  'mounts.bind': { mounts: [{ type: 'bind', source: '/a', target: '/a' }] },
  'mounts.volume': { mounts: [{ type: 'volume', volume: 'a', target: '/a' }] },
  'mounts.tmpfs': { mounts: [{ type: 'tmpfs', target: '/a' }] },
  'mounts.tmpfs.sizeBytes': { mounts: [{ type: 'tmpfs', target: '/a', sizeBytes: 1 }] },
  'network.none': {},
  'network.private': { network: { mode: 'private' } },
  'network.host': { network: { mode: 'host' } },
  'resources.memoryBytes': { resources: { memoryBytes: 1 } },
  'resources.cpus': { resources: { cpus: 1 } },
  'resources.pids': { resources: { pids: 1 } },
};
// Object.entries widens the keys of the record above to text.
const leaves = Object.keys(specs) as SpecLeaf[];
const defaults: readonly SpecLeaf[] = ['network.none', 'rootfs.writable'];

describe('usedLeaves', () => {
  it.each(leaves)('finds %s', (leaf) => {
    expect(usedLeaves({ image: 'x', ...specs[leaf] })).toContain(leaf);
  });

  it.each(leaves.filter((leaf) => !defaults.includes(leaf)))('finds %s in no spec that does without it', (leaf) => {
    const users = leaves.filter((other) => usedLeaves({ image: 'x', ...specs[other] }).includes(leaf));
    expect(users).toEqual(leaf === 'mounts.tmpfs' ? [leaf, 'mounts.tmpfs.sizeBytes'] : [leaf]);
  });

  it('counts the defaults that an engine may be unable to give', () => {
    expect(usedLeaves({ image: 'x' })).toEqual(defaults);
  });

  it('does not count a switch that is off', () => {
    expect(usedLeaves({ image: 'x', autoRemove: false, readOnlyRootfs: false })).toEqual(defaults);
  });
});
