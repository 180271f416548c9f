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
  readonly cgroupVersion: string;
  readonly cgroupControllers: readonly string[];
  readonly graphRoot: string;
  readonly runRoot: string;
  readonly networkHelpers: readonly string[];
}

/** Parses `podman info --format json`. */
export function parseEngine(text: string): EngineRecord {
  const { host, store, version } = parse(info(), toJson(text), 'info');
  const helpers = [host.pasta?.executable, host.slirp4netns?.executable];
  return {
    version: version.Version,
    architecture: host.arch,
    os: host.os ?? 'linux',
    rootless: host.security?.rootless ?? false,
    remote: host.serviceIsRemote ?? false,
    cgroupVersion: host.cgroupVersion ?? '',
    cgroupControllers: host.cgroupControllers ?? [],
    graphRoot: store.graphRoot,
    runRoot: store.runRoot,
    networkHelpers: helpers.filter((path) => path !== undefined && path !== null && path !== '').map(String),
  };
}

/** Names the store, so that one podman seen through its command and through its sockets is one. */
export function engineId({ graphRoot, runRoot }: Pick<EngineRecord, 'graphRoot' | 'runRoot'>): string {
  return storeId(graphRoot, runRoot);
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
