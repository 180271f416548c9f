import { native, unsupported, type Support, type Supports } from '@fairlead/core';
import { nativeToKeepers } from '@fairlead/core/backend';

/** What of an engine decides about its supports. */
export interface SupportFacts {
  /** Podman's version, where it is Podman that serves the API. */
  readonly podman: string | undefined;
  readonly rootless: boolean;
  readonly sharesHostFiles: boolean;
  /** Whether the default bridge network is there. */
  readonly bridge: boolean;
  readonly memoryLimit: boolean;
  readonly cpuLimit: boolean;
  readonly pidsLimit: boolean;
}

const usePodman = 'Use the podman backend, which speaks to this engine in its own language.';

/** What an engine with these facts can do. */
export function supportsOf(facts: SupportFacts): Supports {
  const { memoryLimit, cpuLimit, pidsLimit, bridge } = facts;
  return {
    ...nativeToKeepers,
    autoRemove: {
      kind: 'whileProcessLives',
      how: 'this process removes it after its end; the engine would take exit code and output along (C38)',
    },
    readOnlyRootfs: readOnlyRootfs(facts),
    'mounts.bind': bindMounts(facts),
    'network.private': bridge ? native : noBridge,
    'network.host': hostNetwork(facts),
    'resources.memoryBytes': limit(memoryLimit, 'memory'),
    'resources.cpus': limit(cpuLimit, 'CPU'),
    'resources.pids': limit(pidsLimit, 'process'),
    'images.mount': unsupported(
      'Docker runs images of its own store only',
      'Leave mount out: the file is converted and loaded.',
    ),
    kube: unsupported('Docker plays no Kubernetes manifests', 'Use the podman-kube backend.'),
  };
}

const noBridge: Support = unsupported(
  'the engine has no default bridge network',
  'Start dockerd without --bridge=none, or use network none or host.',
);

function limit(enforced: boolean, what: string): Support {
  if (enforced) return native;
  return unsupported(
    `the engine cannot enforce a ${what} limit on this host: it has no such cgroup controller`,
    'Give it cgroups v2 with delegated controllers, or leave the limit out.',
  );
}

/** Podman leaves /tmp, /run and /var/tmp writable through this API, so "only mounts" cannot be promised (C108). */
function readOnlyRootfs({ podman }: SupportFacts): Support {
  if (podman === undefined) return native;
  return unsupported("through Docker's API Podman leaves /tmp, /run and /var/tmp writable", usePodman);
}

/** Podman makes a missing source through this API (C122); only a look from here can prevent that. */
function bindMounts({ podman, sharesHostFiles }: SupportFacts): Support {
  if (podman === undefined || sharesHostFiles) return native;
  return unsupported(
    "through Docker's API Podman makes missing mount sources, and they cannot be seen from here",
    usePodman,
  );
}

/** In rootless Docker "host" is the network of its own namespace, not the host's. */
function hostNetwork({ rootless, podman }: SupportFacts): Support {
  if (!rootless || podman !== undefined) return native;
  return unsupported("a rootless Docker cannot give the host's network", 'Use network private.');
}
