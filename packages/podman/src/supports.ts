import { native, unsupported, type Support, type Supports } from '@fairlead/core';
import { nativeToKeepers } from '@fairlead/core/backend';
import type { EngineRecord } from './engine-record.ts';

/** What this engine does on this host. */
export function supportsOf(engine: EngineRecord): Supports {
  return {
    ...nativeToKeepers,
    autoRemove: { kind: 'whileProcessLives', how: 'this process removes the container after its end' },
    readOnlyRootfs: native,
    'mounts.bind': native,
    'network.private': privateNetwork(engine),
    'network.host': native,
    'resources.memoryBytes': limit(engine, 'memory'),
    'resources.cpus': limit(engine, 'cpu'),
    'resources.pids': limit(engine, 'pids'),
    'images.mount': unsupported(
      'nothing can be mounted where Podman sees it through its socket',
      'the backend of the podman command can',
    ),
    kube: unsupported('manifests are not played through the socket', 'podman-kube plays them with the podman command'),
  };
}

/** Podman accepts limits that it cannot give, and drops them (C4, C15): the controllers tell. */
function limit({ cgroupControllers, cgroupVersion, rootless }: EngineRecord, controller: string): Support {
  if (cgroupControllers.includes(controller)) return native;
  const who = rootless ? 'this rootless engine' : 'this engine';
  return unsupported(
    `${who} has no cgroup controller ${controller} for containers (cgroups ${cgroupVersion || 'unknown'})`,
    'cgroups v2 with the controller delegated to the user (systemd: Delegate=yes), or an engine of root',
  );
}

function privateNetwork({ rootless, hasUserNetwork }: EngineRecord): Support {
  if (!rootless || hasUserNetwork) return native;
  return unsupported(
    'this rootless engine finds neither pasta nor slirp4netns',
    "install passt or slirp4netns on the engine's host",
  );
}
