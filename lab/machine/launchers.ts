import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { launcherOf, systemPath } from '../describe-targets.ts';
import type { Endpoint } from '../endpoints.ts';
import type { LabPaths } from '../paths.ts';
import { quote } from '../quote.ts';

/** Writes a launcher for each engine that has a command of its own, whichever way the target is reached. */
export async function writeLaunchers(paths: LabPaths, endpoints: readonly Endpoint[]): Promise<void> {
  for (const endpoint of endpoints.filter((each) => each.engine !== 'docker')) {
    const file = launcherOf(paths, endpoint);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, launcherText(endpoint));
    await chmod(file, 0o755);
  }
}

/** The launcher's text: arguments, stdin and environment pass untouched, and no shell stays between. */
export function launcherText(endpoint: Pick<Endpoint, 'engine' | 'user'>): string {
  const settings = Object.entries({ PATH: systemPath, ...engineEnvironment(endpoint) }).map(
    ([name, value]) => `${name}=${quote(value)}`,
  );
  return `#!/bin/sh\n${settings.join(' ')} exec /usr/bin/${endpoint.engine} "$@"\n`;
}

/** The variables by which an engine finds its configuration in the lab's roots. */
function engineEnvironment(target: Pick<Endpoint, 'engine' | 'user'>): Readonly<Record<string, string>> {
  if (target.engine !== 'podman') return {};
  if (target.user === 'root') return { CONTAINERS_CONF: '/etc/fairlead-lab/containers-root.conf' };
  return {
    CONTAINERS_CONF: '/etc/fairlead-lab/containers-user.conf',
    CONTAINERS_STORAGE_CONF: '/etc/fairlead-lab/storage-user.conf',
  };
}
