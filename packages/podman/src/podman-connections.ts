import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lazily, toJson, type DiscoveryEnv } from '@fairlead/core/backend';
import { z } from 'zod';

/** The connections that `podman system connection list` shows. */
export interface PodmanConnections {
  /** URL by name. */
  readonly urls: ReadonlyMap<string, string>;
  /** The connection that is taken when none is named. */
  readonly active: string | undefined;
}

/**
 * Reads the user's connections. Files that are absent or cannot be read count as empty. Sources: containers.conf(5),
 * tables `engine` and `engine.service_destinations`; podman-connections.json of Podman 5, which wins.
 */
export function readConnections({ env, home }: DiscoveryEnv): PodmanConnections {
  const config = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers');
  const configured = env['CONTAINERS_CONF'];
  const files =
    configured === undefined || configured === ''
      ? ['/usr/share/containers/containers.conf', '/etc/containers/containers.conf', join(config, 'containers.conf')]
      : [configured];
  const json = env['PODMAN_CONNECTIONS_CONF'] || join(config, 'podman-connections.json');
  const all = [...files.map((file) => parseContainersConf(readText(file))), parseConnectionsJson(readText(json))];
  return {
    urls: new Map(all.flatMap(({ urls }) => [...urls])),
    active: all.map(({ active }) => active).findLast((name) => name !== undefined),
  };
}

/** The connections of a containers.conf: the few forms of TOML that podman itself writes. */
export function parseContainersConf(text: string): PodmanConnections {
  const urls = new Map<string, string>();
  let active: string | undefined;
  let table = '';
  for (const line of text.split('\n')) {
    table = /^\s*\[([^\]]+)\]\s*(?:#.*)?$/.exec(line)?.[1]?.trim() ?? table;
    const [, key, value] = /^\s*([A-Za-z_]+)\s*=\s*"([^"]*)"\s*(?:#.*)?$/.exec(line) ?? [];
    const name = /^engine\.service_destinations\.(?:"([^"]+)"|(.+))$/.exec(table)?.slice(1).find(Boolean);
    if (key === 'uri' && name !== undefined && value !== undefined) urls.set(name, value);
    if (key === 'active_service' && table === 'engine' && value !== '') active = value;
  }
  return { urls, active };
}

/** The connections of a podman-connections.json. */
export function parseConnectionsJson(text: string): PodmanConnections {
  const parsed = connectionsSchema().safeParse(toJson(text));
  if (!parsed.success) return { urls: new Map(), active: undefined };
  const { Default, Connections } = parsed.data.Connection ?? {};
  return {
    urls: new Map(Object.entries(Connections ?? {}).map(([name, { URI }]) => [name, URI])),
    active: Default || undefined,
  };
}

const connectionsSchema = lazily(() =>
  z.object({
    Connection: z
      .object({
        Default: z.string().nullish(),
        Connections: z.record(z.string(), z.object({ URI: z.string() })).nullish(),
      })
      .nullish(),
  }),
);

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
