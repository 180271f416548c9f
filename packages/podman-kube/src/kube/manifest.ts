import { failure } from '../errors.ts';
import { manifestValues } from './manifest-values.ts';
import { workloadSchema, documentSchema, type PodSpec } from './manifest-schema.ts';

/** When podman starts a container of a pod again. A manifest without a word says `always` (H33, K19). */
export type Restart = 'always' | 'on-failure' | 'never';

/** A pod that a play will make. */
export interface ManifestPod {
  /** The names that podman may give it: of a Deployment, 4.3 counts its pods. */
  readonly names: readonly string[];
  readonly kind: string;
  readonly restart: Restart;
  readonly hostNetwork: boolean;
  /** Application containers, in their order. */
  readonly containers: readonly string[];
  readonly initContainers: readonly string[];
  readonly spec: PodSpec;
}

/** What a manifest will make. It is read to be checked; what is played is its text (A4). */
export interface Manifest {
  readonly kinds: readonly string[];
  readonly pods: readonly ManifestPod[];
  /** Secrets that it declares. */
  readonly secrets: readonly string[];
  /** Volumes that it makes: claims that it declares, config maps and secrets that it mounts, empty folders. */
  readonly volumes: readonly string[];
  /** Claims that it uses and does not declare: existing volumes, else podman makes them (K34). */
  readonly claims: readonly string[];
  readonly replicas: number;
  /** What it gives to containers as variables and files, which errors must not tell. */
  readonly values: readonly string[];
}

interface ParsedDocument {
  readonly kind: string;
  readonly name: string;
  readonly value: unknown;
}

/** Kinds that podman makes something of; it skips others in silence (K33, C153). */
const workloads: ReadonlySet<string> = new Set(['Pod', 'Deployment', 'DaemonSet', 'Job']);
const playable: ReadonlySet<string> = new Set([...workloads, 'ConfigMap', 'Secret', 'PersistentVolumeClaim']);

/** Reads a manifest. @throws FairleadError `INVALID_SPEC` for what cannot be read, or what podman would skip */
export async function parseManifest(text: string): Promise<Manifest> {
  const documents = (await readYaml(text)).map(toDocument);
  requireDistinct(documents.map(({ kind, name }) => `${kind} ${JSON.stringify(name)}`));
  const pods = documents.filter(({ kind }) => workloads.has(kind)).map(toPod);
  if (pods.length === 0) throw invalid('it has no Pod, Deployment, DaemonSet or Job, so nothing would run');
  const named = (kind: string): readonly string[] =>
    documents.filter((document) => document.kind === kind).map(({ name }) => name);
  const declared = named('PersistentVolumeClaim');
  const mounted = pods.flatMap(({ spec }) => spec.volumes ?? []);
  const used = mounted.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
  return {
    kinds: documents.map(({ kind }) => kind),
    pods,
    secrets: named('Secret'),
    volumes: distinct([...declared, ...mounted.flatMap(madeVolume)]),
    claims: distinct(used.filter((name) => !declared.includes(name))),
    replicas: Math.max(...documents.map(({ value }) => replicasOf(value))),
    values: manifestValues(documents.map(({ value }) => value)),
  };
}

/** The volume that podman makes for a mount of a pod, by its name there (kube.md: config maps and secrets are volumes). */
function madeVolume(volume: NonNullable<PodSpec['volumes']>[number]): readonly string[] {
  if (volume.configMap) return [volume.configMap.name ?? ''];
  if (volume.secret) return [volume.secret.secretName ?? ''];
  return volume.emptyDir === undefined ? [] : [volume.name];
}

/** YAML as podman reads it: version 1.1, where `yes` is a boolean. */
async function readYaml(text: string): Promise<readonly unknown[]> {
  const { parseAllDocuments } = await import('yaml');
  const parsed = parseAllDocuments(text, { version: '1.1', uniqueKeys: true });
  const values: unknown[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const [error] = document.errors;
    // Its message quotes the text, which may hold secrets; the place is enough.
    if (error !== undefined) throw invalid(`it is no YAML (${error.code}, line ${error.linePos?.[0].line ?? '?'})`);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value !== null && value !== undefined) values.push(value);
  }
  if (values.length === 0) throw invalid('it is empty');
  return values;
}

function toDocument(value: unknown, index: number): ParsedDocument {
  const parsed = documentSchema().safeParse(value);
  if (!parsed.success) throw invalid(`document ${index + 1}: ${explain(parsed.error.issues)}`);
  const { kind, metadata } = parsed.data;
  if (!playable.has(kind)) {
    throw invalid(`document ${index + 1} is a ${kind}, which podman would leave out in silence`);
  }
  return { kind, name: metadata.name, value };
}

function toPod({ kind, name, value }: ParsedDocument): ManifestPod {
  const parsed = workloadSchema(kind).safeParse(value);
  if (!parsed.success) throw invalid(`${kind} ${JSON.stringify(name)}: ${explain(parsed.error.issues)}`);
  const spec = parsed.data;
  const containers = spec.containers.map((container) => container.name);
  const initContainers = (spec.initContainers ?? []).map((container) => container.name);
  requireDistinct([...containers, ...initContainers].map((word) => `container ${JSON.stringify(word)}`));
  return {
    names: podNames(kind, name),
    kind,
    restart: toRestart(spec.restartPolicy),
    hostNetwork: spec.hostNetwork ?? false,
    containers,
    initContainers,
    spec,
  };
}

function podNames(kind: string, name: string): readonly string[] {
  if (kind === 'Pod') return [name];
  return kind === 'Deployment' ? [`${name}-pod`, `${name}-pod-0`] : [`${name}-pod`];
}

function toRestart(word: PodSpec['restartPolicy']): Restart {
  if (word === 'Never') return 'never';
  return word === 'OnFailure' ? 'on-failure' : 'always';
}

function replicasOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('spec' in value)) return 1;
  const { spec } = value;
  if (typeof spec !== 'object' || spec === null || !('replicas' in spec)) return 1;
  return typeof spec.replicas === 'number' ? spec.replicas : 1;
}

function requireDistinct(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`${twice} occurs twice`);
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== '');
}

function explain(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  return issues.map(({ path, message }) => `${path.map(String).join('.') || 'it'}: ${message}`).join('; ');
}

function invalid(why: string): Error {
  return failure({
    code: 'INVALID_SPEC',
    operation: 'playKube',
    message: `the manifest cannot be played: ${why}`,
    hint: 'podman plays Pod, Deployment, DaemonSet, Job, ConfigMap, Secret and PersistentVolumeClaim.',
  });
}
