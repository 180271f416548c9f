import { rmdir } from 'node:fs/promises';
import type { BackendCall } from '@fairlead/core/backend';
import { findOnPath, positional, runCommand, type CommandResult } from '@fairlead/subprocess';
import type { EngineRecord } from '../engine-record.ts';
import { failure } from '../errors.ts';
import type { PodmanCli } from '../podman-cli.ts';
import { endServers } from './mount-servers.ts';

/** Where podman sees mounts: in a namespace of its own for an ordinary user, in this process's for root. */
export interface MountPlace {
  /** What takes mounts down, by absolute path. */
  readonly unmount: string;
  run(program: string, args: readonly string[], call: BackendCall): Promise<CommandResult>;
}

/** What to mount, and where. */
export interface MountRequest {
  /** The program that serves it, by absolute path. */
  readonly server: string;
  readonly path: string;
  readonly offset: number;
  readonly mountPoint: string;
}

/** The place of this podman. */
export async function openMountPlace(cli: PodmanCli, { rootless }: EngineRecord): Promise<MountPlace> {
  const env = { PATH: `${cli.env['PATH'] ?? ''}:/usr/bin:/bin:/usr/sbin:/sbin` };
  return {
    unmount: (await findOnPath('umount', env)) ?? '/bin/umount',
    // A user's podman keeps its namespace with a process of its own: what is mounted there outlives the command.
    run: (program, args, { signal }) =>
      rootless
        ? cli.ask({ operation: 'mount', args: ['unshare', program, ...args] }, { signal })
        : runCommand(program, args, { signal, env: cli.env }),
  };
}

/** Mounts a squashfs; what serves it goes on by itself once it stands. @throws FairleadError `ENGINE_FAILURE` */
export async function mountAt(place: MountPlace, request: MountRequest, call: BackendCall): Promise<void> {
  const result = await place.run(request.server, mountArgs(request), call);
  if (result.code === 0) return;
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  throw failure({
    code: 'ENGINE_FAILURE',
    operation: 'mount',
    message: `${JSON.stringify(request.path)} cannot be mounted: ${said === '' ? `code ${result.code}` : said}`,
    hint: "Say mount: 'never' to have it converted.",
    details: { path: request.path, offset: request.offset },
  });
}

/** The arguments of what serves a mount; containers of other users than the one who mounts must see it too. */
export function mountArgs({ path, offset, mountPoint }: Omit<MountRequest, 'server'>): readonly string[] {
  return ['-o', `ro,allow_other,offset=${offset}`, positional(path), positional(mountPoint)];
}

/**
 * Takes down what is mounted here, if anything is, and what serves it, and the folder.
 * @returns whether something was mounted, and nothing held it
 * @throws FairleadError `IN_USE` if it stays
 */
export async function unmountAt(place: MountPlace, mountPoint: string, call: BackendCall): Promise<boolean> {
  const { unmount } = place;
  const polite = await place.run(unmount, [positional(mountPoint)], call);
  if (polite.code !== 0) await place.run(unmount, ['-l', positional(mountPoint)], call);
  await endServers(mountPoint, call);
  await rmdir(mountPoint).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return;
    throw failure({
      code: 'IN_USE',
      operation: 'mount',
      message: `the mount at ${JSON.stringify(mountPoint)} stays: ${cause.message}`,
      hint: 'End what uses it, and call reap().',
      details: { mountPoint },
      cause,
    });
  });
  return polite.code === 0;
}
