import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBackends } from './backends.ts';
import type { Door, Endpoint, Lab, OwnLab, TestImages } from '@fairlead/lab';
import type { Place, PlaceDoor, PlaceImages } from './place.ts';

/** A target and how to get to it. */
export interface PlacedTarget {
  readonly place: Place;
  /** Put before a command, runs it where the target is, as its user. */
  readonly enter: readonly string[];
  /** Targets with the same store must not be looked at while another one changes it. */
  readonly store: string;
  /** Which machine it is in. */
  readonly machine: string;
}

/** A target that could have been there. */
export interface MissingTarget {
  readonly name: string;
  readonly reason: string;
}

/** What there is to run against, and what is missing. */
export interface Targets {
  readonly found: readonly PlacedTarget[];
  readonly missing: readonly MissingTarget[];
}

/** The targets of a lab of one's own, or those that discovery finds on this machine. */
export async function findTargets(lab: Lab): Promise<Targets> {
  if (lab.kind === 'own')
    return {
      found: lab.endpoints.flatMap((endpoint) => ownTargets(endpoint, lab)),
      missing: lab.missing.map(({ name, why }) => ({ name, reason: why })),
    };
  return discoverTargets(lab.images, lab.why);
}

/** An endpoint as a target, and a Podman's socket as a target of the Docker backend too (B4). */
function ownTargets(endpoint: Endpoint, lab: OwnLab): readonly PlacedTarget[] {
  const own = ownTarget(endpoint, lab);
  if (endpoint.name !== 'podman') return [own];
  const place: Place = { ...own.place, name: 'podman-as-docker', backend: 'docker', doors: [] };
  return [own, { ...own, place }];
}

function ownTarget(endpoint: Endpoint, { images, endpoints }: OwnLab): PlacedTarget {
  const { name, backend, cli, options, env, enter, store, suite } = endpoint;
  const socketPath = 'socketPath' in options ? options.socketPath : undefined;
  const folder = env['FAIRLEAD_WORK_DIR'];
  if (folder === undefined) throw new Error(`the lab gives ${name} no FAIRLEAD_WORK_DIR`);
  // A target that is a program is found on its PATH, as on a user's machine.
  const place: Place = {
    name,
    backend,
    cli,
    folder,
    socketPath,
    forbiddenSocket: forbiddenTo(endpoint, endpoints),
    stateFolder: undefined,
    options: socketPath === undefined ? {} : { socketPath },
    images: imagesFor(backend, images),
    doors: doorsOf(endpoint),
  };
  return { place, enter, store, machine: suite };
}

/** Root's Podman in the same machine has a socket that an ordinary user may not use. */
function forbiddenTo({ user, suite }: Endpoint, endpoints: readonly Endpoint[]): string | undefined {
  const roots = endpoints.filter((one) => one.suite === suite && one.user === 'root' && one.engine === 'podman');
  if (user !== 'ordinary') return undefined;
  return roots.map(({ options }) => ('socketPath' in options ? options.socketPath : undefined)).find(Boolean);
}

/** A Podman's socket can be reached by the Docker backend and by the podman command as well (B4, B5). */
function doorsOf({ engine, options, cli }: Endpoint): readonly PlaceDoor[] {
  if (engine !== 'podman' || !('socketPath' in options)) return [];
  const command = cli.at(-1);
  const globalArgs = ['--remote', `--url=unix://${options.socketPath}`];
  return [
    { name: 'the Docker API', backend: 'docker', options: { socketPath: options.socketPath } },
    { name: 'the podman command', backend: 'podman-kube', options: { command, globalArgs } },
  ];
}

async function discoverTargets(images: TestImages, why: string): Promise<Targets> {
  const found: PlacedTarget[] = [];
  const missing: MissingTarget[] = [];
  const base = process.env['FAIRLEAD_WORK_DIR'] ?? join(tmpdir(), 'fairlead-conformance');
  const env = { env: process.env, uid: process.getuid?.() ?? -1, home: homedir() };
  for (const { name, module } of await loadBackends()) {
    const reasons: string[] = [];
    let usable = false;
    for await (const candidate of module.discover(env, { signal: AbortSignal.timeout(60_000) })) {
      const reason = candidate.found ? await whyUnusable(candidate.connect()) : candidate.reason;
      if (reason !== undefined) reasons.push(`${candidate.endpoint}: ${reason}`);
      else if (!usable) {
        usable = true;
        found.push(foundTarget({ name, endpoint: candidate.endpoint, base, images }));
      }
    }
    if (!usable) missing.push({ name, reason: reasons.join('; ') || why });
  }
  return { found, missing };
}

async function whyUnusable(
  manager: AsyncDisposable & { probe(o: object): Promise<{ usable: boolean; reason?: string }> },
): Promise<string | undefined> {
  await using opened = manager;
  const { usable, reason } = await opened.probe({ timeoutMs: 60_000 });
  return usable ? undefined : (reason ?? 'no reason told');
}

interface FoundEngine {
  readonly name: Door;
  readonly endpoint: string;
  readonly base: string;
  readonly images: TestImages;
}

function foundTarget({ name, endpoint, base, images }: FoundEngine): PlacedTarget {
  const socketPath = endpoint.startsWith('unix://') ? endpoint.slice('unix://'.length) : undefined;
  return {
    place: {
      name,
      backend: name,
      options: socketPath === undefined ? { command: endpoint } : { socketPath },
      socketPath,
      cli: socketPath === undefined ? [endpoint] : [],
      folder: join(base, name),
      // Below the folder of the sources: an engine that sees one folder of this host sees this one.
      stateFolder: join(base, 'state', name),
      images: imagesFor(name, images),
      doors: [],
    },
    enter: [],
    store: name,
    machine: 'this machine',
  };
}

function imagesFor(backend: Door, { busybox, busyboxConfig, gradient }: TestImages): PlaceImages {
  const toMount = { toMount: busybox.sif, configuredFile: busyboxConfig.sif };
  if (backend === 'singularity') {
    const plain = busybox.sif ?? '';
    const forms = [plain, `sif:${plain}`, ...(busybox.sandbox === undefined ? [] : [busybox.sandbox])];
    const missing = join(plain, '..', 'absent.sif');
    const made = { toTruncate: plain, toRename: plain, toFreshen: plain, ...toMount };
    return { ...made, plain, configured: busyboxConfig.sif ?? '', forms, missing };
  }
  const files = [busybox.ociLayout, `oci-archive:${busybox.ociArchive}`, busybox.dockerArchive];
  const toFreshen = busybox.sif ?? busybox.ociLayout;
  const { ociArchive, ociLayout } = busybox;
  const common = { toTruncate: ociArchive, toRename: ociArchive, toChange: ociLayout, toFreshen, ...toMount };
  if (busybox.registry === undefined || busyboxConfig.registry === undefined) {
    const missing = join(busybox.ociArchive, '..', 'absent.tar');
    return { ...common, plain: busybox.ociArchive, configured: busyboxConfig.ociArchive, forms: files, missing };
  }
  return {
    ...common,
    plain: busybox.registry,
    configured: busyboxConfig.registry,
    forms: [busybox.registry, `docker://${busybox.registry}`, ...files],
    unpulled: gradient.registry,
    missing: busybox.registry.replace(/[^/]*$/, 'no-such-image:1'),
  };
}
