/** A Debian suite from which one machine is made. */
export type Suite = 'bookworm' | 'sid';

export const suites: readonly Suite[] = ['bookworm', 'sid'];

// What a root needs to be entered and looked at, and for Node to run in it.
const base = [
  'base-files',
  'base-passwd',
  'bash',
  'dash',
  'coreutils',
  'libc-bin',
  'sed',
  'grep',
  'gawk',
  'findutils',
  'tar',
  'gzip',
  'util-linux',
  'mount',
  'procps',
  'iproute2',
  'hostname',
  'passwd',
  'tzdata',
  'libstdc++6',
  'libatomic1',
  'catatonit',
  'busybox-static',
];

const engines = [
  'docker.io',
  'podman',
  'runc',
  'crun',
  'netavark',
  'aardvark-dns',
  'fuse-overlayfs',
  'slirp4netns',
  'uidmap',
  'iptables',
  'nftables',
  'docker-registry',
];

const newer = ['docker-cli', 'docker-buildx', 'passt', 'apptainer', 'squashfuse', 'bubblewrap'];

// What makes the corpus of SIFs, and what looks at what has become of them: none of it is asked to run a container.
const corpus = ['squashfs-tools', 'squashfs-tools-ng', 'e2fsprogs', 'python3', 'skopeo', 'umoci', 'fakeroot'];

/** The packages that a suite's root is made of, apart from those that these depend on. */
export function packagesOf(suite: Suite): readonly string[] {
  return suite === 'sid' ? [...base, ...engines, ...newer, ...corpus] : [...base, ...engines];
}
