import { posix } from 'node:path';
import type { Mount, NetworkMode, Resources } from '@fairlead/core';
import type { CreatePlan } from '@fairlead/core/backend';
import { csvRecord, flag, positional } from '@fairlead/subprocess';
import { environmentArgs, type EnvironmentForms } from './environment.ts';

const shmBytes = 64 * 1024 * 1024;

/** How a plan is run beyond what the plan says. */
export interface CreateFacts {
  readonly environment: EnvironmentForms;
  /** Whether the command talks to a service, and so lacks options about its own environment. */
  readonly remote: boolean;
  /** Whether podman can limit processes here, and so does by default (C107). */
  readonly limitsPids: boolean;
  /** The image's own entrypoint: needed where a plan says "no arguments". */
  readonly imageEntrypoint: readonly string[];
  /** A folder to run over, discarding what is written, instead of an image that podman knows. */
  readonly root?: string | undefined;
  /** Where an image that podman does not know declares volumes. */
  readonly imageVolumes?: readonly string[] | undefined;
}

/**
 * The arguments of `podman create` for a plan. Every default that a user's containers.conf could change is given,
 * so that the same spec means the same everywhere.
 */
export function createArgs(plan: CreatePlan, facts: CreateFacts): readonly string[] {
  return [
    'create',
    flag('name', plan.name),
    flag('hostname', plan.name),
    ...defaults,
    ...(facts.remote ? [] : localDefaults),
    ...Object.entries(plan.labels).map(([key, value]) => flag('label', `${key}=${value}`)),
    ...environmentArgs(facts.environment),
    ...entrypointArgs(plan, facts),
    ...(plan.workdir === undefined ? [] : [flag('workdir', plan.workdir)]),
    ...(plan.user === undefined ? [] : [flag('user', plan.user)]),
    ...(plan.stopSignal === undefined ? [] : [flag('stop-signal', plan.stopSignal)]),
    flag('stop-timeout', plan.stopGraceSeconds),
    ...[...plan.mounts, ...shmMounts(plan)].map((mount) => flag('mount', mountRecord(mount))),
    ...(facts.imageVolumes ?? []).map((target) => flag('mount', csvRecord(['type=volume', `target=${target}`]))),
    flag('network', networkWord(plan.network)),
    ...resourceArgs(plan.resources, facts),
    // Without its second half podman leaves /tmp, /run and /var/tmp writable (C108).
    ...(plan.readOnlyRootfs ? [flag('read-only', true), flag('read-only-tmpfs', false)] : []),
    ...(facts.root === undefined
      ? [positional(plan.ensured.id)]
      : [flag('rootfs', true), positional(`${facts.root}:O`)]),
    ...(plan.command ?? []).map(positional),
  ];
}

const defaults: readonly string[] = [
  flag('pull', 'never'),
  flag('restart', 'no'),
  // Reads of logs are exact with this driver (L7, L8), and are to be complete: as good as no limit.
  flag('log-driver', 'k8s-file'),
  flag('log-opt', `max-size=${Number.MAX_SAFE_INTEGER}`),
  flag('shm-size', `${shmBytes}b`),
  flag('ipc', 'private'),
  flag('pid', 'private'),
  flag('uts', 'private'),
  flag('umask', '0022'),
  flag('sdnotify', 'ignore'),
  flag('systemd', false),
  flag('init', false),
  '--no-healthcheck',
];

/** Nothing of the environment of podman itself reaches the container. */
const localDefaults: readonly string[] = [flag('http-proxy', false), flag('env-host', false)];

/** No arguments at all cannot be said without an entrypoint: podman would take the image's own arguments. */
function entrypointArgs({ entrypoint, command }: CreatePlan, { imageEntrypoint }: CreateFacts): readonly string[] {
  const bare = entrypoint === undefined && command?.length === 0 ? imageEntrypoint : entrypoint;
  return bare === undefined ? [] : [flag('entrypoint', JSON.stringify(bare))];
}

/** Podman 5 makes /dev/shm read-only with the root; a mount of one's own stays writable (C108). */
function shmMounts({ mounts, readOnlyRootfs }: CreatePlan): readonly Mount[] {
  const hasShm = mounts.some(({ target }) => posix.normalize(target).replace(/\/$/, '') === '/dev/shm');
  return readOnlyRootfs && !hasShm ? [{ type: 'tmpfs', target: '/dev/shm', sizeBytes: shmBytes }] : [];
}

/** podman's word for a network; `private` is a bridge as root and pasta or slirp4netns else. */
function networkWord({ mode }: NetworkMode): string {
  return mode;
}

/** A mount in the form that takes every path: a record of comma-separated values (T26, C122: it makes no source). */
export function mountRecord(mount: Mount): string {
  const target = `target=${posix.normalize(mount.target)}`;
  const readOnly = mount.readOnly === true ? ['ro=true'] : [];
  return csvRecord([`type=${mount.type}`, ...mountFields(mount), target, ...readOnly]);
}

function mountFields(mount: Mount): readonly string[] {
  if (mount.type === 'bind') return [`source=${mount.source}`];
  return mount.type === 'volume' ? [`source=${mount.volume}`] : tmpfsOptions(mount.sizeBytes);
}

/** As Docker mounts it: no programs, nothing of the image copied in (C109), writable for every user. */
function tmpfsOptions(sizeBytes: number | undefined): readonly string[] {
  return ['notmpcopyup', 'noexec', 'tmpfs-mode=1777', ...(sizeBytes === undefined ? [] : [`tmpfs-size=${sizeBytes}`])];
}

/** Without a number of processes podman's own limit of 2048 would hold (C107). */
function resourceArgs({ memoryBytes, cpus, pids }: Resources, { limitsPids }: CreateFacts): readonly string[] {
  return [
    ...(memoryBytes === undefined ? [] : [flag('memory', `${memoryBytes}b`)]),
    ...(cpus === undefined ? [] : [flag('cpus', cpus)]),
    ...(pids === undefined && !limitsPids ? [] : [flag('pids-limit', pids ?? -1)]),
  ];
}
