import type { BindMount, Mount, Resources, TmpfsMount, VolumeMount } from '@fairlead/core';
import type { CreatePlan } from '@fairlead/core/backend';
import { signalNumber } from './signal-number.ts';

/** Seconds of a CPU's time are dealt out in periods of this many microseconds. */
const cpuPeriod = 100_000;
const shmBytes = 64 * 1024 * 1024;
/** As good as no limit; without one the engine's configuration may cut logs short, and they are to be complete. */
const logBytes = Number.MAX_SAFE_INTEGER;

/** A mount as the OCI runtime takes it. */
interface SpecMount {
  readonly type: 'bind' | 'tmpfs';
  readonly source: string;
  readonly destination: string;
  readonly options: readonly string[];
}

/** A named volume of the engine; the keys have capitals in this place. */
interface SpecVolume {
  readonly Name: string;
  readonly Dest: string;
  readonly Options: readonly string[];
}

/** How a plan is run beyond what the plan says. */
export interface CreateContext {
  /** What containers are limited to by the engine, where it limits at all (C4). */
  readonly limitsPids: boolean;
  /** The image's own entrypoint: needed where a plan says "no arguments". */
  readonly imageEntrypoint: readonly string[];
}

/**
 * The body of `POST /libpod/containers/create`. Every field that the engine's configuration could set otherwise is
 * given, so that a plan means the same everywhere. Form: SpecGenerator of Podman 4.3 and 5.8, each field looked at
 * with inspect or inside the container.
 */
export function createBody(plan: CreatePlan, context: CreateContext): Readonly<Record<string, unknown>> {
  return {
    name: plan.name,
    hostname: plan.name,
    // Without the algorithm the engine tells the image's name in its lists, else this id.
    image: plan.ensured.id.replace(/^sha256:/, ''),
    labels: plan.labels,
    env: plan.env,
    ...argvFields(plan, context),
    ...optional('user', plan.user),
    ...optional('work_dir', plan.workdir),
    // Docker makes a workdir that is absent; without this a start would fail (C117).
    create_working_dir: true,
    ...mountFields(plan),
    ...resourceFields(plan.resources, context),
    ...optional('stop_signal', plan.stopSignal === undefined ? undefined : signalNumber(plan.stopSignal)),
    stop_timeout: plan.stopGraceSeconds,
    // `private` is the bridge for root, and pasta or slirp4netns for others (C5).
    netns: { nsmode: plan.network.mode },
    ...constantFields,
  };
}

/** What every plan means, whatever the engine's configuration says. */
const constantFields = {
  pidns: { nsmode: 'private' },
  ipcns: { nsmode: 'private' },
  utsns: { nsmode: 'private' },
  shm_size: shmBytes,
  umask: '0022',
  env_host: false,
  httpproxy: false,
  privileged: false,
  init: false,
  remove: false,
  restart_policy: 'no',
  terminal: false,
  stdin: false,
  systemd: 'false',
  sdnotifyMode: 'ignore',
  healthconfig: { Test: ['NONE'] },
  image_volume_mode: 'anonymous',
  // Reads of logs are exact with this driver (L7, L8), which is not everybody's default.
  log_configuration: { driver: 'k8s-file', size: logBytes },
} as const;

/** `[""]` is the engine's word for "no entrypoint"; an empty list would bring the image's command back. */
function argvFields(
  { entrypoint, command }: CreatePlan,
  { imageEntrypoint }: CreateContext,
): { readonly entrypoint?: readonly string[]; readonly command?: readonly string[] } {
  const bare = entrypoint === undefined && command?.length === 0 ? imageEntrypoint : entrypoint;
  return {
    ...(bare === undefined ? {} : { entrypoint: bare.length === 0 ? [''] : bare }),
    ...(command === undefined ? {} : { command }),
  };
}

function mountFields({ mounts, readOnlyRootfs }: CreatePlan): {
  readonly mounts: readonly SpecMount[];
  readonly volumes: readonly SpecVolume[];
  readonly read_only_filesystem: boolean;
  readonly read_write_tmpfs: boolean;
} {
  const binds = mounts.filter(isBind).map(toBind);
  const temporary = mounts.filter(isTmpfs).map(toTmpfs);
  // Podman 5 makes /dev/shm read-only with the root; a mount of one's own stays writable (C108).
  const hasShm = mounts.some(({ target }) => /^\/+dev\/+shm\/*$/.test(target));
  const shm = readOnlyRootfs && !hasShm ? [toTmpfs({ type: 'tmpfs', target: '/dev/shm', sizeBytes: shmBytes })] : [];
  return {
    mounts: [...binds, ...temporary, ...shm],
    volumes: mounts.filter(isVolume).map(toVolume),
    read_only_filesystem: readOnlyRootfs,
    read_write_tmpfs: false,
  };
}

function toBind({ source, target, readOnly }: BindMount): SpecMount {
  const options = ['rbind', 'rprivate', readOnly === true ? 'ro' : 'rw'];
  return { type: 'bind', source, destination: target, options };
}

/** As Docker mounts it: no programs, nothing of the image copied in (C109), writable for every user. */
function toTmpfs({ target, readOnly, sizeBytes }: TmpfsMount): SpecMount {
  const size = sizeBytes === undefined ? [] : [`size=${sizeBytes}`];
  const access = readOnly === true ? 'ro' : 'rw';
  const options = [access, 'nosuid', 'nodev', 'noexec', 'notmpcopyup', 'mode=1777', ...size];
  return { type: 'tmpfs', source: 'tmpfs', destination: target, options };
}

function toVolume({ volume, target, readOnly }: VolumeMount): SpecVolume {
  return { Name: volume, Dest: target, Options: [readOnly === true ? 'ro' : 'rw'] };
}

/** Without a number of processes the engine's own limit of 2048 would hold (C107); 0 lifts it with every runtime. */
function resourceFields(
  { memoryBytes, cpus, pids }: Resources,
  { limitsPids }: CreateContext,
): { readonly resource_limits?: Readonly<Record<string, unknown>> } {
  const limits = {
    ...(memoryBytes === undefined ? {} : { memory: { limit: memoryBytes } }),
    ...(cpus === undefined ? {} : { cpu: { quota: Math.round(cpus * cpuPeriod), period: cpuPeriod } }),
    ...(pids === undefined && !limitsPids ? {} : { pids: { limit: pids ?? 0 } }),
  };
  return Object.keys(limits).length === 0 ? {} : { resource_limits: limits };
}

function optional(name: string, value: string | number | undefined): Readonly<Record<string, string | number>> {
  return value === undefined ? {} : { [name]: value };
}

function isBind(mount: Mount): mount is BindMount {
  return mount.type === 'bind';
}

function isVolume(mount: Mount): mount is VolumeMount {
  return mount.type === 'volume';
}

function isTmpfs(mount: Mount): mount is TmpfsMount {
  return mount.type === 'tmpfs';
}
