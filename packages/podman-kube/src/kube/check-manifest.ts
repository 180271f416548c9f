import { stat } from 'node:fs/promises';
import { failure } from '../errors.ts';
import type { EngineRecord } from '../engine-record.ts';
import { isBefore } from '../version.ts';
import type { Manifest, ManifestPod } from './manifest.ts';

/**
 * Refuses what this podman would do wrong, differently or not at all. Pure.
 * @throws FairleadError `UNSUPPORTED` with every reason
 */
export function checkManifest(manifest: Manifest, { version }: Pick<EngineRecord, 'version'>): void {
  const reasons = [
    ...refuseKinds(manifest, version),
    ...refuseReplicas(manifest),
    ...refuseNetworks(manifest),
    ...refuseSharedFolders(manifest),
    ...refuseClashes(manifest),
    ...(isBefore(version, '4.4') ? [...refuseSecrets(manifest), ...refuseInits(manifest)] : []),
  ];
  if (reasons.length === 0) return;
  throw failure({
    code: 'UNSUPPORTED',
    operation: 'playKube',
    message: `this manifest cannot be honoured by podman ${version}:\n${reasons.map((reason) => `  ${reason}`).join('\n')}`,
    details: { reasons },
  });
}

/** What the network option of the play has to be (K12, K13): it is always given. */
export function playNetwork({ pods }: Manifest, wanted: 'none' | 'private'): 'none' | 'private' | 'host' {
  return pods.some(({ hostNetwork }) => hostNetwork) ? 'host' : wanted;
}

/** Sources of this host that must be there before. @throws FairleadError `MOUNT_SOURCE_MISSING` (K27, B18, T26) */
export async function checkHostPaths({ pods }: Manifest): Promise<void> {
  for (const { names, spec } of pods) {
    for (const { hostPath } of spec.volumes ?? []) {
      if (hostPath === undefined || hostPath.type?.endsWith('OrCreate') === true) continue;
      await requirePath(hostPath.path, names[0] ?? '');
    }
  }
}

/** Paths of the host that podman makes if they are absent. */
export function createdHostPaths({ pods }: Manifest): readonly string[] {
  return pods.flatMap(({ spec }) =>
    (spec.volumes ?? []).flatMap(({ hostPath }) =>
      hostPath?.type?.endsWith('OrCreate') === true ? [hostPath.path] : [],
    ),
  );
}

async function requirePath(path: string, pod: string): Promise<void> {
  try {
    await stat(path);
  } catch (cause) {
    const denied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
    throw failure({
      code: denied ? 'ACCESS_DENIED' : 'MOUNT_SOURCE_MISSING',
      operation: 'playKube',
      message: denied
        ? `the hostPath ${JSON.stringify(path)} of pod ${pod} cannot be looked at by this user`
        : `the hostPath ${JSON.stringify(path)} of pod ${pod} does not exist`,
      hint: denied
        ? 'Give this user access to every folder above it.'
        : 'Create it first, or say type: DirectoryOrCreate.',
      details: { source: path, pod },
      cause,
    });
  }
}

function refuseKinds({ kinds }: Manifest, version: string): readonly string[] {
  const since: Readonly<Record<string, string>> = { DaemonSet: '4.7', Job: '5.3' };
  return [...new Set(kinds)].flatMap((kind) => {
    const first = since[kind];
    return first === undefined || !isBefore(version, first) ? [] : [`a ${kind} needs podman ${first} (C153)`];
  });
}

function refuseReplicas({ replicas }: Manifest): readonly string[] {
  return replicas === 1 ? [] : [`${replicas} replicas: podman makes one pod (C154)`];
}

function refuseNetworks({ pods }: Manifest): readonly string[] {
  const onHost = pods.filter(({ hostNetwork }) => hostNetwork).length;
  if (onHost === 0 || onHost === pods.length) return [];
  return ['pods with and without hostNetwork: podman takes one network for all of a play (K13); play them apart'];
}

/** An emptyDir is a volume with the name that the pod gives it, so pods would share what is to be theirs alone. */
function refuseSharedFolders({ pods }: Manifest): readonly string[] {
  const folders = pods.flatMap(({ spec }) =>
    (spec.volumes ?? []).flatMap(({ name, emptyDir }) => (emptyDir === undefined ? [] : [name])),
  );
  return twice(folders).map(
    (name) => `emptyDir ${JSON.stringify(name)} in two pods: podman would make them one folder`,
  );
}

/** Containers are named POD-CONTAINER, so different pods can mean one name. */
function refuseClashes({ pods }: Manifest): readonly string[] {
  return twice(containerNames(pods)).map((name) => `two containers would be called ${JSON.stringify(name)}`);
}

/** Every name that podman may give to a container of these pods. */
export function containerNames(pods: readonly ManifestPod[]): readonly string[] {
  return pods.flatMap(({ names, containers, initContainers }) =>
    names.flatMap((pod) => [...containers, ...initContainers].map((container) => `${pod}-${container}`)),
  );
}

function refuseSecrets({ pods, secrets }: Manifest): readonly string[] {
  const used = pods.some(({ spec }) => {
    const containers = [...spec.containers, ...(spec.initContainers ?? [])];
    const mounted = (spec.volumes ?? []).some(({ secret }) => secret !== undefined);
    const inEnv = containers.some(
      ({ env, envFrom }) =>
        (env ?? []).some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined) ||
        (envFrom ?? []).some(({ secretRef }) => secretRef !== undefined),
    );
    return mounted || inEnv;
  });
  return used || secrets.length > 0 ? ['secrets: this podman crashes on them (C147, K22)'] : [];
}

function refuseInits({ pods }: Manifest): readonly string[] {
  const bad = pods.filter(({ initContainers, restart }) => initContainers.length > 0 && restart !== 'never');
  return bad.map(
    ({ names }) => `pod ${names[0] ?? ''}: this podman restarts init containers unless restartPolicy is Never (K20)`,
  );
}

function twice(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
