import { join } from 'node:path';
import { parseSocketPath, type DiscoveryEnv } from '@fairlead/core/backend';
import { readConnections } from './podman-connections.ts';

/** A socket at which a Podman may listen, or a setting that names none that can be reached. */
export type Place =
  | { readonly socketPath: string; readonly from: string }
  | { readonly url: string; readonly from: string; readonly reason: string; readonly hint: string };

/**
 * Every place that Podman's own rules name, in their order: CONTAINER_CONNECTION, CONTAINER_HOST, the default
 * connection, then the sockets of systemd's units for this user and for root. Source: podman(1), podman-system-service(1).
 */
export function podmanPlaces(env: DiscoveryEnv): readonly Place[] {
  const connections = readConnections(env);
  const { CONTAINER_CONNECTION: named = '', CONTAINER_HOST: host = '', XDG_RUNTIME_DIR: runtime = '' } = env.env;
  const places: Place[] = [];
  const add = (name: string, from: string): void => {
    const url = connections.urls.get(name);
    places.push(url === undefined ? unknownConnection(name, from) : parseUrl(url, from));
  };
  if (named !== '') add(named, 'CONTAINER_CONNECTION');
  if (host !== '') places.push(parseUrl(host, 'CONTAINER_HOST'));
  if (connections.active !== undefined) add(connections.active, 'the default connection');
  const own = [runtime, `/run/user/${env.uid}`].filter((folder) => folder !== '');
  const sockets = env.uid === 0 ? ['/run/podman', ...own.map(below)] : [...own.map(below), '/run/podman'];
  places.push(...sockets.map((folder) => ({ socketPath: join(folder, 'podman.sock'), from: 'podman.socket' })));
  return distinct(places);
}

/** What a URL of the form `unix:///path` means as a place. */
function parseUrl(url: string, from: string): Place {
  const parsed = parseSocketPath(url);
  if ('path' in parsed) return { socketPath: parsed.path, from };
  return {
    url,
    from,
    reason: `${from} is ${JSON.stringify(url)}, which is no unix socket`,
    hint: 'Forward the socket (ssh -L) and give it as unix:///absolute/path.',
  };
}

function below(folder: string): string {
  return join(folder, 'podman');
}

function unknownConnection(name: string, from: string): Place {
  return {
    url: name,
    from,
    reason: `${from} names the connection ${JSON.stringify(name)}, which is not configured`,
    hint: 'podman system connection list shows those that are.',
  };
}

function distinct(places: readonly Place[]): readonly Place[] {
  const known = new Set<string>();
  return places.filter((place) => {
    const key = 'socketPath' in place ? place.socketPath : place.url;
    return !known.has(key) && known.add(key);
  });
}
