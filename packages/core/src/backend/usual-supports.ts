import { native, type Support } from '../support.ts';

/** Keys that every engine supports so far. */
type Everywhere =
  | ('name' | 'runId' | 'labels' | 'command' | 'entrypoint' | 'env' | 'workdir' | 'user' | 'files')
  | ('stopSignal' | 'stopGraceSeconds' | 'mounts.volume' | 'mounts.tmpfs' | 'logs.follow' | 'logs.tail')
  | ('volumes' | 'volumes.readFile');

/** Keys that engines support which keep containers, networks and output themselves. */
type ByKeepers =
  | ('rootfs.writable' | 'mounts.tmpfs.sizeBytes' | 'network.none' | 'logs.since' | 'logs.timestamps')
  | ('exec' | 'exec.env' | 'exec.workdir' | 'exec.user');

/**
 * What every engine does so far. A key that is new is in no such table, so that it does not compile until each backend
 * has taken a position on it.
 */
export const nativeEverywhere: Readonly<Record<Everywhere, Support>> = {
  name: native,
  runId: native,
  labels: native,
  command: native,
  entrypoint: native,
  env: native,
  workdir: native,
  user: native,
  files: native,
  stopSignal: native,
  stopGraceSeconds: native,
  'mounts.volume': native,
  'mounts.tmpfs': native,
  'logs.follow': native,
  'logs.tail': native,
  volumes: native,
  'volumes.readFile': native,
};

/** What every engine does that keeps containers, networks and output itself. */
export const nativeToKeepers: Readonly<Record<Everywhere | ByKeepers, Support>> = {
  ...nativeEverywhere,
  'rootfs.writable': native,
  'mounts.tmpfs.sizeBytes': native,
  'network.none': native,
  'logs.since': native,
  'logs.timestamps': native,
  exec: native,
  'exec.env': native,
  'exec.workdir': native,
  'exec.user': native,
};
