import { native, unsupported, type Support, type Supports } from '@fairlead/core';
import { nativeToKeepers } from '@fairlead/core/backend';
import type { EngineRecord } from './engine-record.ts';

/** What this podman on this host can do; `mount` tells what a trial gave. Pure. */
export function podmanSupports(engine: EngineRecord, mount: Support): Supports {
  return {
    ...everywhere,
    'network.private': privateNetwork(engine),
    'resources.memoryBytes': limit(engine, 'memory'),
    'resources.cpus': limit(engine, 'cpu'),
    'resources.pids': limit(engine, 'pids'),
    'images.mount': mount,
  };
}

type HostKey = 'network.private' | 'images.mount' | `resources.${string}`;

/** What does not depend on the host. */
const everywhere: Omit<Supports, HostKey> = {
  ...nativeToKeepers,
  'mounts.bind': native,
  'network.host': native,
  readOnlyRootfs: native,
  autoRemove: {
    kind: 'whileProcessLives',
    how: 'this process removes the container after its end; after a crash, reap does',
  },
  kube: native,
};

/** Without its controller podman ignores a limit and ends with 0 (C15), so it is refused here (C4). */
function limit({ cgroupControllers, cgroupVersion, rootless }: EngineRecord, controller: string): Support {
  if (cgroupControllers.includes(controller)) return native;
  const where = rootless ? ` for an ordinary user with cgroups ${cgroupVersion}` : '';
  return unsupported(
    `the cgroup controller ${controller} is not available${where}`,
    cgroupVersion === 'v1'
      ? 'use a host with cgroups v2, or podman as root'
      : `delegate the controller ${controller} to this user, for example with systemd's Delegate=`,
  );
}

function privateNetwork({ rootless, networkHelpers }: EngineRecord): Support {
  if (!rootless || networkHelpers.length > 0) return native;
  return unsupported('neither pasta nor slirp4netns is installed', 'install passt or slirp4netns');
}
