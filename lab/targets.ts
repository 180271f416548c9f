import type { Suite } from './root/suites.ts';

/** Which of Fairlead's backends opens a target. */
export type Door = 'docker' | 'podman' | 'podman-kube' | 'singularity';

/** One engine of one version, reached in one way, as one user: what a suite of cases runs against. */
export interface Target {
  readonly name: string;
  readonly engine: 'docker' | 'podman' | 'apptainer';
  readonly backend: Door;
  /** Whether the door is a socket or a program on PATH. */
  readonly through: 'socket' | 'program';
  readonly suite: Suite;
  readonly user: 'root' | 'ordinary';
  /** A socket target and a program target with the same store are two doors to one engine. */
  readonly store: string;
}

const docker = { engine: 'docker', backend: 'docker', through: 'socket', user: 'root' } as const;
const podmanSocket = { engine: 'podman', backend: 'podman', through: 'socket' } as const;
const podmanProgram = { engine: 'podman', backend: 'podman-kube', through: 'program' } as const;
const apptainer = { engine: 'apptainer', backend: 'singularity', through: 'program', suite: 'sid' } as const;

export const targets: readonly Target[] = [
  { name: 'docker', ...docker, suite: 'sid', store: 'docker' },
  { name: 'docker-20.10', ...docker, suite: 'bookworm', store: 'docker-20.10' },
  { name: 'podman', ...podmanSocket, suite: 'sid', user: 'root', store: 'podman' },
  { name: 'podman-4.3', ...podmanSocket, suite: 'bookworm', user: 'root', store: 'podman-4.3' },
  { name: 'podman-rootless', ...podmanSocket, suite: 'sid', user: 'ordinary', store: 'podman-rootless' },
  { name: 'podman-cli', ...podmanProgram, suite: 'sid', user: 'root', store: 'podman' },
  { name: 'podman-cli-4.3', ...podmanProgram, suite: 'bookworm', user: 'root', store: 'podman-4.3' },
  { name: 'podman-cli-rootless', ...podmanProgram, suite: 'sid', user: 'ordinary', store: 'podman-rootless' },
  { name: 'apptainer', ...apptainer, user: 'ordinary', store: 'apptainer' },
  { name: 'apptainer-root', ...apptainer, user: 'root', store: 'apptainer-root' },
];
