import { homedir } from 'node:os';
import {
  FairleadError,
  type Candidate,
  type ContainerManager,
  type FileImageFormat,
  type Probe,
  type Support,
} from '@fairlead/core';
import type { BackendCall, BackendModule, DiscoveryEnv, Found, ManagerOptions } from '@fairlead/core/backend';

/** How long an engine may take to say what it is, in milliseconds: one that hangs must not hold up the others. */
const probeMs = 20_000;

/** A candidate together with the manager through which it was asked, where there is one. */
export interface Opened {
  readonly candidate: Omit<Candidate, 'refusals'>;
  /** The formats that it loads; undefined for a manager that is open already, which does not tell. */
  readonly loads: readonly FileImageFormat[] | undefined;
  readonly manager: ContainerManager | undefined;
}

/** Places where engines may be, each asked once. Disposing closes the managers that were opened and not taken. */
export interface Candidates extends AsyncDisposable {
  readonly opened: readonly Opened[];
  /** Keeps one manager open. True for one that was opened here: whoever takes it is to close it. */
  take(manager: ContainerManager): boolean;
}

/** Asks every place where an engine may be. Whatever fails, no connection is left. */
export async function openCandidates(
  sources: readonly (BackendModule | ContainerManager)[],
  options: ManagerOptions,
  call: BackendCall,
): Promise<Candidates> {
  const own = new Set<ContainerManager>();
  const close = async (): Promise<void> => {
    await Promise.allSettled(Array.from(own, (manager) => manager[Symbol.asyncDispose]()));
  };
  try {
    const asked = sources.map((source) =>
      isManager(source) ? askManager(source, call) : askModule({ module: source, options, own }, call),
    );
    const opened = (await Promise.all(asked)).flat();
    return { opened, take: (manager) => own.delete(manager), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Asking {
  readonly module: BackendModule;
  readonly options: ManagerOptions;
  /** Managers to close. */
  readonly own: Set<ContainerManager>;
}

async function askModule(asking: Asking, call: BackendCall): Promise<readonly Opened[]> {
  const { module } = asking;
  requireKnownVersion(module);
  const env: DiscoveryEnv = { env: process.env, uid: process.getuid?.() ?? 0, home: homedir() };
  const asked: Promise<Opened>[] = [];
  try {
    for await (const place of module.discover(env, call)) asked.push(askPlace(asking, place, call));
  } catch (error) {
    const miss = toMiss(error, call);
    asked.push(askPlace(asking, { found: false, endpoint: module.name, ...miss }, call));
  }
  return Promise.all(asked);
}

async function askPlace({ module, options, own }: Asking, place: Found, call: BackendCall): Promise<Opened> {
  const { name: backend, formats, loads, kube } = module;
  const converts = convertible(module, options);
  const base = { backend, endpoint: place.endpoint, formats, kube, converts, mounts: [] };
  if (!place.found) {
    const probe = { usable: false, reason: place.reason, hint: place.hint } as const;
    return { candidate: { ...base, door: 'none', daemonless: false, probe }, loads, manager: undefined };
  }
  const { door, daemonless } = place;
  try {
    const manager = place.connect(options);
    own.add(manager);
    const probe = await ask(manager, call);
    return { candidate: { ...base, door, daemonless, probe, mounts: mountedBy(manager, probe) }, loads, manager };
  } catch (error) {
    const probe = { usable: false, ...toMiss(error, call) } as const;
    return { candidate: { ...base, door, daemonless, probe }, loads, manager: undefined };
  }
}

async function askManager(manager: ContainerManager, call: BackendCall): Promise<readonly Opened[]> {
  const probe = await ask(manager, call);
  const kube = probe.usable && probe.supports.kube.kind !== 'unsupported';
  const { backend, converts } = manager;
  const formats = manager.formats.filter((format) => !converts.some((converted) => converted === format));
  const endpoint = probe.endpoint ?? backend;
  const mounts = mountedBy(manager, probe);
  const candidate = { backend, endpoint, daemonless: false, probe, formats, converts, mounts, kube };
  return [{ candidate: { ...candidate, door: 'none' }, loads: undefined, manager }];
}

/** What a manager runs over a mount on an engine that can. */
function mountedBy({ mounts }: ContainerManager, probe: Probe): readonly FileImageFormat[] {
  // A backend made for an older version of the contract does not know the key.
  const support: Support | undefined = probe.usable ? probe.supports['images.mount'] : undefined;
  return support === undefined || support.kind === 'unsupported' ? [] : mounts;
}

async function ask(manager: ContainerManager, call: BackendCall): Promise<Probe> {
  try {
    return await manager.probe({ ...call, timeoutMs: probeMs });
  } catch (error) {
    return { usable: false, ...toMiss(error, call) };
  }
}

/** Why there is no engine; a fault of the program, or the call's end, is none. */
function toMiss(error: unknown, call: BackendCall): { readonly reason: string; readonly hint: string | undefined } {
  call.signal.throwIfAborted();
  if (!FairleadError.is(error)) throw error;
  if (error.code === 'TIMEOUT')
    return { reason: `it did not answer within ${probeMs / 1000} s`, hint: 'Look at the engine.' };
  // The message ends with the hint, on a line of its own.
  const reason = error.hint === undefined ? error.message : error.message.replace(`\n  ${error.hint}`, '');
  return { reason, hint: error.hint };
}

function convertible({ loads }: BackendModule, { images }: ManagerOptions): readonly FileImageFormat[] {
  return (images?.converters ?? []).filter(({ to }) => loads.includes(to)).flatMap(({ from }) => from);
}

function isManager(source: BackendModule | ContainerManager): source is ContainerManager {
  return 'run' in source;
}

function requireKnownVersion({ apiVersion, name }: BackendModule): void {
  // The type says 1; a package that was made for another version of the contract says something else.
  const version: number = apiVersion;
  if (version === 1) return;
  throw new FairleadError({
    code: 'INVALID_SPEC',
    operation: 'select',
    message: `the backend ${JSON.stringify(name)} was made for version ${version} of the interface; this is version 1`,
    hint: 'Install the version of it that fits.',
    details: { name, apiVersion: version },
  });
}
