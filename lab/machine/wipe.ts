import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { registryAddress } from '../describe-targets.ts';
import type { Endpoint } from '../endpoints.ts';
import type { LabPaths } from '../paths.ts';
import type { Root } from '../root/root.ts';
import { labUser } from './user.ts';

// What engines and their users leave in a root. Each start begins without it, however the last one ended.
const state = [
  'var/lib/docker',
  'var/lib/containerd',
  'var/lib/containers',
  'var/cache/containers',
  'var/tmp',
  'tmp',
  'home/root',
  'home/fairlead',
  'etc/containers/networks',
  'etc/cni/net.d',
  'var/lib/cni',
  'opt/containerd',
];

/** Puts a root and the shared folder back to where no engine has ever run. The machines must have ended. */
export async function wipeState(
  paths: LabPaths,
  roots: readonly Root[],
  endpoints: readonly Endpoint[],
): Promise<void> {
  await Promise.all([...roots.map(wipeRoot), wipeShare(paths, endpoints)]);
}

async function wipeRoot(root: Root): Promise<void> {
  for (const folder of state) await rm(join(root.folder, folder), { recursive: true, force: true });
  for (const folder of ['tmp', 'var/tmp']) await makeFolder(join(root.folder, folder), 0o1777);
  await makeFolder(join(root.folder, 'home/root'), 0o700);
  await makeFolder(join(root.folder, 'home/fairlead'), 0o700, labUser.uid);
}

async function wipeShare(paths: LabPaths, endpoints: readonly Endpoint[]): Promise<void> {
  for (const folder of ['sock', 'bin', 'work', 'state', 'tmp', 'log', 'registry'])
    await rm(join(paths.share, folder), { recursive: true, force: true });
  await makeFolder(paths.folder, 0o755);
  await makeFolder(paths.share, 0o1777);
  for (const folder of ['sock', 'work', 'state', 'tmp', 'log']) await makeFolder(join(paths.share, folder), 0o1777);
  for (const { name, uid } of endpoints) {
    await makeFolder(join(paths.share, 'work', name), 0o755, uid);
    await makeFolder(join(paths.share, 'state', name), 0o700, uid);
    await makeFolder(join(paths.share, 'tmp', name), 0o700, uid);
  }
  await makeFolder(join(paths.share, 'registry'), 0o755);
  await writeFile(join(paths.share, 'registry/config.yml'), registryConfig(join(paths.share, 'registry/data')));
}

function registryConfig(folder: string): string {
  return `version: 0.1
log:
  level: warn
storage:
  filesystem:
    rootdirectory: ${JSON.stringify(folder)}
  delete:
    enabled: true
http:
  addr: ${registryAddress}
`;
}

async function makeFolder(folder: string, mode: number, uid = 0): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, mode);
  if (uid !== 0) await chown(folder, uid, uid);
}
