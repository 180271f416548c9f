import type { BackendCall } from '@fairlead/core/backend';
import { removeContainer } from '../containers.ts';
import type { PodmanCli } from '../podman-cli.ts';
import type { ImageMounts } from './mounts.ts';

/** Kills and removes a container, and then the mount that was its root; resolves when both are gone. */
export async function removeWithMount(
  { cli, mounts }: { readonly cli: PodmanCli; readonly mounts: ImageMounts },
  id: string,
  call: BackendCall,
): Promise<void> {
  const mount = await mounts.of(id, call);
  await removeContainer(cli, id, call);
  if (mount !== undefined) await mounts.remove(mount, call);
}
