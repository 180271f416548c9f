import type { Resources, RunSpec } from './spec.ts';
import type { SpecLeaf } from './support.ts';

/** The leaves that a spec relies on: those it sets, and the defaults that an engine may be unable to give. */
export function usedLeaves(spec: RunSpec): readonly SpecLeaf[] {
  const used = new Set<SpecLeaf>(keysOf(plainLeaves).filter((leaf) => spec[leaf] !== undefined));
  for (const mount of spec.mounts ?? []) {
    used.add(`mounts.${mount.type}`);
    if (mount.type === 'tmpfs' && mount.sizeBytes !== undefined) used.add('mounts.tmpfs.sizeBytes');
  }
  for (const resource of keysOf(resourceLeaves)) {
    if (spec.resources?.[resource] !== undefined) used.add(`resources.${resource}`);
  }
  used.add(`network.${spec.network?.mode ?? 'none'}`);
  used.add(spec.readOnlyRootfs === true ? 'readOnlyRootfs' : 'rootfs.writable');
  if (spec.autoRemove === true) used.add('autoRemove');
  return [...used];
}

/** Leaves that are used by being set, whatever their value; a record, so that a new field does not compile without. */
const plainLeaves: Readonly<Record<Extract<Exclude<SpecLeaf, 'readOnlyRootfs' | 'autoRemove'>, keyof RunSpec>, true>> =
  {
    name: true,
    runId: true,
    labels: true,
    command: true,
    entrypoint: true,
    env: true,
    workdir: true,
    user: true,
    files: true,
    stopSignal: true,
    stopGraceSeconds: true,
  };

const resourceLeaves: Readonly<Record<keyof Resources, true>> = { memoryBytes: true, cpus: true, pids: true };

function keysOf<K extends string>(record: Readonly<Record<K, true>>): readonly K[] {
  // The records above are literals of exactly these keys; Object.keys widens them.
  return Object.keys(record) as K[];
}
