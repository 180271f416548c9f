import { lazily, storeId, toJson } from '@fairlead/core/backend';
import { z } from 'zod';
import { parse } from './parse.ts';

/** What `podman info` tells. */
export interface EngineRecord {
  readonly version: string;
  readonly architecture: string;
  readonly os: string;
  readonly rootless: boolean;
  /** True where the command talks to a service (B6). */
  readonly remote: boolean;
  /** Names the service where it is not on this host, as `PodmanCli` does. */
  readonly elsewhere?: string | undefined;
  readonly cgroupVersion: string;
  readonly cgroupControllers: readonly string[];
  readonly graphRoot: string;
  readonly runRoot: string;
  readonly networkHelpers: readonly string[];
}

/** Parses `podman info --format json`, told by the service that `elsewhere` names, or by a podman of this host. */
export function parseEngine(text: string, elsewhere?: string): EngineRecord {
  const { host, store, version } = parse(info(), toJson(text), 'info');
  const helpers = [host.pasta?.executable, host.slirp4netns?.executable];
  return {
    version: version.Version,
    architecture: host.arch,
    os: host.os ?? 'linux',
    rootless: host.security?.rootless ?? false,
    remote: host.serviceIsRemote ?? false,
    elsewhere,
    cgroupVersion: host.cgroupVersion ?? '',
    cgroupControllers: host.cgroupControllers ?? [],
    graphRoot: store.graphRoot,
    runRoot: store.runRoot,
    networkHelpers: helpers.filter((path) => path !== undefined && path !== null && path !== '').map(String),
  };
}

/**
 * Names the store, so that one podman seen through its command and through its sockets is one. On every host the folders
 * have the same names: what a service elsewhere has there is named by that service too.
 */
export function engineId({
  graphRoot,
  runRoot,
  remote,
  elsewhere,
}: Pick<EngineRecord, 'graphRoot' | 'runRoot' | 'remote' | 'elsewhere'>): string {
  return remote && elsewhere !== undefined ? storeId(elsewhere, graphRoot, runRoot) : storeId(graphRoot, runRoot);
}

/** Whether podman sees the files of this host. */
export function seesHostFiles({ remote, elsewhere }: Pick<EngineRecord, 'remote' | 'elsewhere'>): boolean {
  return !remote || elsewhere === undefined;
}

const info = lazily(() => {
  const text = z.string().nullish();
  return z.object({
    host: z.object({
      arch: z.string(),
      os: text,
      cgroupVersion: text,
      cgroupControllers: z.array(z.string()).nullish(),
      serviceIsRemote: z.boolean().nullish(),
      security: z.object({ rootless: z.boolean().nullish() }).nullish(),
      pasta: z.object({ executable: text }).nullish(),
      slirp4netns: z.object({ executable: text }).nullish(),
    }),
    store: z.object({ graphRoot: z.string(), runRoot: z.string() }),
    version: z.object({ Version: z.string() }),
  });
});
