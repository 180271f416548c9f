import { mkdir, rm } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Mount } from '@fairlead/core';
import type { CreatePlan } from '@fairlead/core/backend';
import type { MemoryEngine } from '@fairlead/core/testing';
import { imageConfig } from '../../src/image-config.ts';
import type { World } from '../../src/workload/play-steps.ts';
import { changedManager, changedPlan, type Mutant } from './mutant.ts';

export const processMutants: readonly Mutant[] = [
  changedPlan('empty-arguments-dropped', 'empty arguments are left out', (plan) => ({
    ...plan,
    command: plan.command?.filter((word) => word !== ''),
  })),
  changedPlan('image-command-stays', 'the image’s command follows an entrypoint of the spec', (plan) =>
    plan.entrypoint !== undefined && plan.command === undefined ? { ...plan, command: ['sh'] } : plan,
  ),
  changedPlan('no-arguments-are-the-image-s', 'an empty command means the image’s', (plan) =>
    plan.entrypoint === undefined && plan.command?.length === 0 ? { ...plan, command: undefined } : plan,
  ),
  changedPlan('dollars-expanded', 'values of variables are evaluated', (plan) => ({
    ...plan,
    env: mapValues(plan.env, (value) => value.replaceAll('$HOME', '/root')),
  })),
  changedPlan('image-env-wins', 'a variable of the image cannot be replaced', (plan) => ({
    ...plan,
    env: Object.fromEntries(Object.entries(plan.env).filter(([name]) => !(name in imageConfig.env))),
  })),
  changedPlan('workdir-loses-its-last-part', 'a deep workdir is cut', (plan) => ({
    ...plan,
    workdir: plan.workdir !== undefined && plan.workdir.split('/').length > 2 ? dirname(plan.workdir) : plan.workdir,
  })),
  changedPlan('group-dropped', 'of a user only the uid counts', (plan) => ({
    ...plan,
    user: plan.user?.split(':')[0],
  })),
  {
    id: 'taken-names-are-replaced',
    breaks: 'a container of that name is removed to make room',
    fault: () => ({
      backend: (backend, engine) => ({
        ...backend,
        create: (plan, call) => {
          const taken = engine.named(plan.name);
          if (taken !== undefined && !plan.name.startsWith('f-')) engine.remove(taken.id);
          return backend.create(plan, call);
        },
      }),
    }),
  },
  changedPlan('labels-split-at-commas', 'a label ends at a comma', (plan) => ({
    ...plan,
    labels: mapValues(plan.labels, (value, key) =>
      key.startsWith('io.fairlead.') ? value : (value.split(',')[0] ?? ''),
    ),
  })),
];

export const fileMutants: readonly Mutant[] = [
  changedPlan('file-modes-lost', 'files get the default mode', (plan) => ({
    ...plan,
    files: plan.files.map((file) => ({ ...file, mode: 0o644 })),
  })),
  changedPlan('image-volumes-hide-files', 'a volume of the image is mounted over what was put there', (plan) =>
    plan.files.some(({ target }) => target.startsWith('/srv/data/'))
      ? { ...plan, mounts: [...plan.mounts, { type: 'tmpfs', target: '/srv/data' }] }
      : plan,
  ),
  changedMounts('bound-files-are-empty', 'files that are bound are left out', (mounts) =>
    mounts.filter((mount) => !isPrivateCopy(mount)),
  ),
  {
    id: 'files-replace-folders',
    breaks: 'a file removes the folder at its target',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        create: async (plan, call) => {
          for (const { target } of plan.files)
            for (const mount of plan.mounts)
              if (mount.type === 'bind' && target.startsWith(`${mount.target}/`))
                await rm(join(mount.source, target.slice(mount.target.length)), { recursive: true, force: true });
          return backend.create(plan, call);
        },
      }),
    }),
  },
  changedPlan('read-only-spares-tmp', '/tmp stays writable', (plan) =>
    plan.readOnlyRootfs ? { ...plan, mounts: [...plan.mounts, { type: 'tmpfs', target: '/tmp' }] } : plan,
  ),
  changedPlan('writes-outlive-containers', 'all containers share one /tmp', (plan, engine) => {
    if (!engine.volumes.has('shared')) engine.volumes.set('shared', { name: 'shared', labels: {}, files: new Map() });
    return plan.readOnlyRootfs
      ? plan
      : { ...plan, mounts: [...plan.mounts, { type: 'volume', volume: 'shared', target: '/tmp' }] };
  }),
  changedMounts('sources-cut-at-commas', 'a bind source ends at a comma', (mounts) =>
    mounts.map((mount) => (mount.type === 'bind' ? { ...mount, source: mount.source.split(',')[0] ?? '' } : mount)),
  ),
  changedMounts('binds-are-read-only', 'binds cannot be written', (mounts) =>
    mounts.map((mount) => (mount.type === 'bind' ? { ...mount, readOnly: true } : mount)),
  ),
  changedMounts('read-only-binds-are-writable', 'readOnly of a bind is ignored', (mounts) =>
    mounts.map((mount) => (mount.type === 'bind' && !isPrivateCopy(mount) ? { ...mount, readOnly: false } : mount)),
  ),
  changedManager('missing-sources-are-made', 'a missing bind source becomes a folder', (manager) => ({
    ...manager,
    run: async (spec, options) => {
      for (const mount of spec.mounts ?? [])
        if (mount.type === 'bind' && isAbsolute(mount.source))
          await mkdir(mount.source, { recursive: true }).catch(() => undefined);
      return manager.run(spec, options);
    },
  })),
  changedMounts('made-sources-are-not-mounted', 'a folder that was made is not mounted', (mounts) =>
    mounts.map(({ target, ...mount }) =>
      mount.type === 'bind' && mount.missing === 'create' ? { type: 'tmpfs', target } : { ...mount, target },
    ),
  ),
  changedMounts('read-only-volumes-are-empty', 'a read-only volume shows nothing', (mounts) =>
    mounts.map(({ target, ...mount }) =>
      mount.type === 'volume' && mount.readOnly === true
        ? { type: 'tmpfs', target, readOnly: true }
        : { ...mount, target },
    ),
  ),
  changedPlan('missing-volumes-are-made', 'a missing volume is made in passing', (plan, engine) => {
    for (const mount of plan.mounts)
      if (mount.type === 'volume' && !engine.volumes.has(mount.volume)) makeVolume(engine, mount.volume);
    return plan;
  }),
  changedPlan('read-only-roots-freeze-tmpfs', 'below a read-only root a tmpfs is read-only', (plan) => ({
    ...plan,
    mounts: plan.mounts.map((mount) =>
      plan.readOnlyRootfs && mount.type === 'tmpfs' ? { ...mount, readOnly: true } : mount,
    ),
  })),
  changedPlan('tmpfs-is-left-out', 'a tmpfs is not mounted', (plan) =>
    plan.readOnlyRootfs ? plan : withoutTmpfs(plan),
  ),
  changedMounts('tmpfs-has-no-size', 'the size of a tmpfs is ignored', (mounts) =>
    mounts.map((mount) => (mount.type === 'tmpfs' ? { ...mount, sizeBytes: undefined } : mount)),
  ),
];

export const limitMutants: readonly Mutant[] = [
  changedPlan('default-network-is-private', 'none means private', (plan) =>
    plan.network.mode === 'none' ? { ...plan, network: { mode: 'private' } } : plan,
  ),
  changedPlan('private-is-none', 'private means none', (plan) =>
    plan.network.mode === 'private' ? { ...plan, network: { mode: 'none' } } : plan,
  ),
  changedPlan('host-is-private', 'host means private', (plan) =>
    plan.network.mode === 'host' ? { ...plan, network: { mode: 'private' } } : plan,
  ),
  changedPlan('memory-is-not-limited', 'memoryBytes is ignored', (plan) => ({
    ...plan,
    resources: { ...plan.resources, memoryBytes: undefined },
  })),
  changedPlan('cpus-are-not-limited', 'cpus is ignored', (plan) => ({
    ...plan,
    resources: { ...plan.resources, cpus: undefined },
  })),
  changedPlan('processes-are-not-limited', 'pids is ignored', (plan) => ({
    ...plan,
    resources: { ...plan.resources, pids: undefined },
  })),
];

export const defaultMutants: readonly Mutant[] = [
  changedPlan('host-environment-leaks', 'a variable of this host arrives', (plan) => ({
    ...plan,
    env: { HOST_SECRET: 'leaked', ...plan.env },
  })),
  changedPlan('default-folder-is-tmp', 'where nobody says a folder, workloads start in /tmp', (plan, engine) => {
    const { workdir = '/tmp' } = engine.images.get(plan.ensured.id)?.config ?? {};
    return { ...plan, workdir: plan.workdir ?? workdir };
  }),
  {
    id: 'default-users-are-not-told',
    breaks: 'inspect tells no user where nobody named one',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        inspect: async (ids, call) =>
          new Map([...(await backend.inspect(ids, call))].map(([id, told]) => [id, { ...told, user: undefined }])),
      }),
    }),
  },
  changedPlan('home-is-mounted', 'the caller’s home is mounted', (plan) => ({
    ...plan,
    mounts: [...plan.mounts, { type: 'bind', source: homedir(), target: homedir(), readOnly: true }],
  })),
  changedWorld('hostname-of-the-host', 'the hostname is this host’s', () => ({ hostname: hostname() })),
  changedWorld('umask-of-the-caller', 'the umask is the caller’s', () => ({ umask: 0o077 })),
  changedWorld('host-processes-show', 'processes of this host can be seen', ({ processes }) => ({
    processes: [...processes, process.pid, 31_337],
  })),
  changedWorld('input-has-bytes', 'standard input is the caller’s', () => ({ input: ['typed\n'] })),
];

function changedMounts(id: string, breaks: string, change: (mounts: readonly Mount[]) => readonly Mount[]): Mutant {
  return changedPlan(id, breaks, (plan): CreatePlan => ({ ...plan, mounts: change(plan.mounts) }));
}

function withoutTmpfs(plan: CreatePlan): CreatePlan {
  return { ...plan, mounts: plan.mounts.filter((mount) => mount.type !== 'tmpfs' || mount.sizeBytes !== undefined) };
}

/** A mutant whose containers hold something else of this host than they should. */
function changedWorld(id: string, breaks: string, change: (world: World) => Partial<World>): Mutant {
  return { id, breaks, fault: () => ({ world: (world) => ({ ...world, ...change(world) }) }) };
}

/** Some cases have specs as callers without types write them. */
function isAbsolute(path: unknown): path is string {
  return typeof path === 'string' && path.startsWith('/');
}

/** Core binds private copies of files from its state folder. */
function isPrivateCopy(mount: Mount): boolean {
  return mount.type === 'bind' && /\/state-[0-9a-f]+\//.test(mount.source);
}

function makeVolume(engine: MemoryEngine, name: string): void {
  engine.volumes.set(name, { name, labels: {}, files: new Map() });
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string, key: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
