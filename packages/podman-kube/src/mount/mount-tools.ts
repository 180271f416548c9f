import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { unsupported, type Support } from '@fairlead/core';
import { findOnPath } from '@fairlead/subprocess';
import type { EngineRecord } from '../engine-record.ts';
import type { PodmanCli } from '../podman-cli.ts';
import { isBefore } from '../version.ts';
import { serverNames } from './mount-servers.ts';

const noService = 'Leave out what sends podman to a service, as CONTAINER_HOST.';

/** What serves a mount, by absolute path, or why nothing can be mounted for this podman, before anything has been tried. */
export async function findServer(cli: PodmanCli, engine: EngineRecord): Promise<{ path: string } | { why: Support }> {
  if (engine.remote)
    return { why: unsupported('podman talks to a service, and only a command can mount where it runs', noService) };
  // An older one takes the mark of the overlay for a part of the folder's name.
  if (isBefore(engine.version, '4.0'))
    return { why: unsupported(`podman ${engine.version} has no overlay over a folder`, 'Use podman 4.0 or newer.') };
  const servers = await Promise.all(serverNames.map((name) => findOnPath(name, cli.env)));
  const path = servers.find((found) => found !== undefined);
  if (path === undefined)
    return { why: unsupported('there is no squashfuse on PATH', 'Install squashfuse: apt install squashfuse.') };
  const open = await access('/dev/fuse', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!open) return { why: unsupported('this user may not use /dev/fuse, or there is none', 'Load the module fuse.') };
  return { path };
}
