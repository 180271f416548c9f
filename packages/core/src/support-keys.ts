import type { SupportKey } from './support.ts';

/** Every support: a new one does not compile until it is listed here, and then needs a case of the suite that proves it. */
export const supportKeys: readonly SupportKey[] = keysOf({
  name: true,
  runId: true,
  labels: true,
  command: true,
  entrypoint: true,
  env: true,
  workdir: true,
  user: true,
  files: true,
  readOnlyRootfs: true,
  stopSignal: true,
  stopGraceSeconds: true,
  autoRemove: true,
  'mounts.bind': true,
  'mounts.volume': true,
  'mounts.tmpfs': true,
  'mounts.tmpfs.sizeBytes': true,
  'network.none': true,
  'network.private': true,
  'network.host': true,
  'resources.memoryBytes': true,
  'resources.cpus': true,
  'resources.pids': true,
  'rootfs.writable': true,
  'logs.follow': true,
  'logs.tail': true,
  'logs.since': true,
  'logs.timestamps': true,
  exec: true,
  'exec.env': true,
  'exec.workdir': true,
  'exec.user': true,
  volumes: true,
  'volumes.readFile': true,
  'images.mount': true,
  kube: true,
});

function keysOf(keys: Readonly<Record<SupportKey, true>>): readonly SupportKey[] {
  // The keys of the record are those of its type.
  return Object.keys(keys) as SupportKey[];
}
