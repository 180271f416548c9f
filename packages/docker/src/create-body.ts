import type { Mount } from '@fairlead/core';
import type { CreatePlan } from '@fairlead/core/backend';
import type { EngineIdentity } from './engine-record.ts';

/** The body of `POST /containers/create`. Source: Docker Engine API 1.41. */
export interface CreateBody {
  readonly Image: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Env: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly Hostname: string;
  readonly StopSignal?: string;
  readonly StopTimeout: number;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly Tty: false;
  readonly OpenStdin: false;
  readonly HostConfig: HostConfig;
}

interface HostConfig {
  readonly Mounts: readonly MountBody[];
  readonly NetworkMode: 'none' | 'bridge' | 'host';
  readonly ReadonlyRootfs: boolean;
  readonly Init: false;
  readonly AutoRemove: false;
  readonly RestartPolicy: { readonly Name: 'no' };
  readonly Memory?: number;
  readonly NanoCpus?: number;
  readonly PidsLimit?: number;
  readonly LogConfig?: LogConfig;
}

interface LogConfig {
  readonly Type: string;
  readonly Config: Readonly<Record<string, string>>;
}

interface MountBody {
  readonly Type: 'bind' | 'volume' | 'tmpfs';
  readonly Target: string;
  readonly Source?: string;
  readonly ReadOnly: boolean;
  readonly TmpfsOptions?: { readonly SizeBytes: number };
}

const networkModes = { none: 'none', private: 'bridge', host: 'host' } as const;

/**
 * Where output goes, so that it can be read again byte for byte; undefined leaves it to the engine. `json-file`
 * destroys bytes that are not UTF-8, and characters in long lines (C50); `local` keeps all, once it has a single file
 * of a size that no disk has (`restoreNewlines` knows what 20.10 forgets). Podman's own log is exact.
 */
export function logConfigFor({ podman }: EngineIdentity): LogConfig | undefined {
  if (podman !== undefined) return undefined;
  return { Type: 'local', Config: { 'max-size': '1000t', 'max-file': '1', compress: 'false' } };
}

/**
 * What to send to create the container of a plan. Nothing is left to the engine's defaults where they differ
 * between engines or can be configured: network (C5), init, restart, health check, log.
 */
export function createBody(plan: CreatePlan, logConfig: LogConfig | undefined): CreateBody {
  const { command, entrypoint, workdir, user, stopSignal } = plan;
  return {
    Image: plan.ensured.id,
    Labels: plan.labels,
    Env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    ...(command === undefined ? {} : { Cmd: command }),
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypointBody(entrypoint) }),
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
    ...(user === undefined ? {} : { User: user }),
    Hostname: plan.name,
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    StopTimeout: plan.stopGraceSeconds,
    Healthcheck: { Test: ['NONE'] },
    Tty: false,
    OpenStdin: false,
    HostConfig: hostConfig(plan, logConfig),
  };
}

function hostConfig(plan: CreatePlan, logConfig: LogConfig | undefined): HostConfig {
  const { memoryBytes, cpus, pids } = plan.resources;
  return {
    Mounts: plan.mounts.map(mountBody),
    NetworkMode: networkModes[plan.network.mode],
    ReadonlyRootfs: plan.readOnlyRootfs,
    Init: false,
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes }),
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    ...(pids === undefined ? {} : { PidsLimit: pids }),
    ...(logConfig === undefined ? {} : { LogConfig: logConfig }),
  };
}

/** An empty list means "the image's own" to the engine; `[""]` takes it away (C116). */
function entrypointBody(entrypoint: readonly string[]): readonly string[] {
  return entrypoint.length === 0 ? [''] : entrypoint;
}

/** `Mounts` and not `Binds`: these would create a missing source (C122) and split at colons. */
function mountBody(mount: Mount): MountBody {
  const shared = { Target: mount.target, ReadOnly: mount.readOnly ?? false };
  if (mount.type === 'bind') return { Type: 'bind', Source: mount.source, ...shared };
  if (mount.type === 'volume') return { Type: 'volume', Source: mount.volume, ...shared };
  const size = mount.sizeBytes === undefined ? {} : { TmpfsOptions: { SizeBytes: mount.sizeBytes } };
  return { Type: 'tmpfs', ...shared, ...size };
}
