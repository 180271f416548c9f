import { native, unsupported, type Support, type Supports } from '@fairlead/core';
import { nativeEverywhere } from '@fairlead/core/backend';
import type { HostFacts, Tried } from './host-facts.ts';

/** What this engine on this host can do, leaf by leaf. */
export function supportsOf(facts: HostFacts): Supports {
  const { noNetwork, overlay } = facts;
  return {
    ...anywhere,
    'network.none': tried(noNetwork, 'a network namespace was tried and refused', "Say network: { mode: 'host' }."),
    'network.private': privateNetwork(facts),
    'rootfs.writable': tried(
      overlay,
      'an overlay over the image was tried and refused',
      'Say readOnlyRootfs: true and write to mounts.',
    ),
  };
}

const noExec = unsupported(
  'entering a running container is not offered for this engine yet',
  'Let the command of the container do it, or use an engine with a daemon.',
);
const noTimes = unsupported(
  'the output lies in plain files, which hold no times',
  'Let the command write the time at the beginning of its lines.',
);

/**
 * The engine names control groups by its process id, which repeats from cage to cage: two containers would share one.
 * Its own threads count, too, and the groups stay behind when it is killed. Ordinary users often get none (C171).
 */
const noLimits = unsupported(
  'this engine counts itself as part of what it limits, and leaves its control groups behind when it is killed',
  'Limit this whole process (systemd-run, a batch job), or use an engine with a daemon.',
);

const anywhere = {
  ...nativeEverywhere,
  readOnlyRootfs: native,
  autoRemove: { kind: 'whileProcessLives', how: 'Fairlead removes it after its end; after a crash reap() does.' },
  'mounts.bind': native,
  'mounts.tmpfs.sizeBytes': unsupported(
    'the engine gives every tmpfs of a container one common size',
    'Leave sizeBytes out, or use a volume.',
  ),
  'network.host': native,
  'resources.memoryBytes': noLimits,
  'resources.cpus': noLimits,
  'resources.pids': noLimits,
  'logs.since': noTimes,
  'logs.timestamps': noTimes,
  exec: noExec,
  'exec.env': noExec,
  'exec.workdir': noExec,
  'exec.user': noExec,
  'images.mount': unsupported('this engine mounts images itself', 'Leave mount out: the file is run as it is.'),
  kube: unsupported('this engine plays no Kubernetes manifests', 'Use an engine that does.'),
} as const;

function privateNetwork({ root, product }: HostFacts): Support {
  const reason = root
    ? `${product.name} would change the firewall of the whole host for it, and leave that behind when it is killed`
    : `${product.name} gives ordinary users no network of their own but an empty one (C170)`;
  return unsupported(reason, "Say network: { mode: 'none' } or { mode: 'host' }.");
}

function tried(result: Tried, what: string, hint: string): Support {
  return result.works ? native : unsupported(`${what}: ${result.reason}`, hint);
}
