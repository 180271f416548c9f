import { hostname, release } from 'node:os';
import { FairleadError, type Probe, type UnusableProbe, type UsableProbe } from '@fairlead/core';
import { execKillNote, storeId, type BackendCall } from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { describeEndpoint, type Endpoint } from './endpoint.ts';
import {
  parseEngine,
  parseLibpod,
  type EngineIdentity,
  type EngineRecord,
  type LibpodRecord,
} from './engine-record.ts';
import { reasonOf } from './errors.ts';
import { supportsOf, type SupportFacts } from './supports.ts';

/** How long an engine may take to tell what it is, in milliseconds. */
const answerMs = 20_000;

/** What a probe learnt beyond what it tells: needed to judge values of a plan. */
export interface EngineFacts extends SupportFacts {
  readonly cpus: number | undefined;
}

/** A probe, and for an engine that answers its facts. */
export interface Probed {
  readonly probe: Probe;
  readonly facts: EngineFacts | undefined;
}

/** Asks the engine what it is and what it can do. Rejects only when cancelled. */
export async function probeEngine(client: EngineClient, call: BackendCall): Promise<Probed> {
  const clock = AbortSignal.timeout(answerMs);
  try {
    const seen = await ask(client, { signal: AbortSignal.any([call.signal, clock]) });
    const facts = toFacts(seen);
    return { probe: toProbe(seen, facts), facts };
  } catch (error) {
    call.signal.throwIfAborted();
    return { probe: clock.aborted ? silent(client.endpoint) : unusable(client.endpoint, error), facts: undefined };
  }
}

async function ask(client: EngineClient, { signal }: BackendCall): Promise<Seen> {
  const identity = await client.identify(signal);
  const get = (...path: readonly string[]): Promise<unknown> =>
    client.json({ operation: 'probe', signal, method: 'GET', path });
  const [info, version, bridge, libpod] = await Promise.all([
    get('info'),
    get('version'),
    hasBridge(client, { signal }),
    identity.podman === undefined ? undefined : get('libpod', 'info').then(parseLibpod),
  ]);
  return { engine: parseEngine(info, version), identity, bridge, libpod, endpoint: client.endpoint };
}

async function hasBridge(client: EngineClient, { signal }: BackendCall): Promise<boolean> {
  const { status } = await client.ask({ operation: 'probe', signal, method: 'GET', path: ['networks', 'bridge'] });
  return status === 200;
}

interface Seen {
  readonly engine: EngineRecord;
  readonly identity: EngineIdentity;
  readonly bridge: boolean;
  readonly libpod: LibpodRecord | undefined;
  readonly endpoint: Endpoint;
}

function toFacts({ engine, identity, bridge, libpod, endpoint }: Seen): EngineFacts {
  // Through Docker's API Podman claims limits that it drops (C4): its own list of controllers tells the truth.
  const enforced = (claimed: boolean, controller: string): boolean =>
    libpod === undefined ? claimed : libpod.controllers.includes(controller);
  return {
    podman: identity.podman,
    rootless: engine.securityOptions.some((option) => option.split(',').includes('name=rootless')),
    sharesHostFiles: endpoint.kind === 'unix' && runsOnThisHost(engine),
    bridge,
    memoryLimit: enforced(engine.memoryLimit, 'memory'),
    cpuLimit: enforced(engine.cpuLimit, 'cpu'),
    pidsLimit: enforced(engine.pidsLimit, 'pids'),
    cpus: engine.cpus,
  };
}

/** Desktop products run the engine in a machine of its own, with another kernel. */
function runsOnThisHost({ kernel, operatingSystem }: EngineRecord): boolean {
  return kernel === release() && !/docker desktop/i.test(operatingSystem);
}

function toProbe(seen: Seen, facts: EngineFacts): UsableProbe {
  const { engine, identity, endpoint } = seen;
  return {
    usable: true,
    engine: identity.podman === undefined ? 'Docker Engine' : "Podman, through Docker's API",
    version: identity.podman ?? engine.version,
    engineId: engineId(seen),
    endpoint: describeEndpoint(endpoint),
    rootless: facts.rootless,
    architecture: engine.architecture,
    sharesHostFiles: facts.sharesHostFiles,
    supports: supportsOf(facts),
    addedEnvironment: identity.podman === undefined ? dockerVariables : [...dockerVariables, 'container', 'TERM'],
    notes: notesOn(seen, facts),
  };
}

const dockerVariables: readonly string[] = ['HOME', 'HOSTNAME', 'PATH'];

/**
 * Names the store. Podman makes a new id up for each answer of this API, so it is named by its folders, in the way
 * in which every door to it does.
 */
function engineId({ engine, libpod }: Seen): string {
  if (libpod === undefined) return engine.id === '' ? `${engine.hostname}:${engine.root}` : engine.id;
  return storeId(libpod.graphRoot, libpod.runRoot);
}

function notesOn({ engine, identity }: Seen, { sharesHostFiles }: EngineFacts): readonly string[] {
  const notes = [execKillNote];
  if (sharesHostFiles && engine.hostname !== hostname()) {
    notes.push(`The engine's host calls itself ${engine.hostname}; its files are taken to be this host's.`);
  }
  if (identity.podman !== undefined) notes.push("The podman backend can do more with this engine than Docker's API.");
  return [...notes, ...engine.warnings];
}

function silent(at: Endpoint): UnusableProbe {
  const endpoint = describeEndpoint(at);
  const reason = `what listens at ${endpoint} did not answer within ${answerMs / 1_000} s`;
  return { usable: false, endpoint, reason, hint: 'Look at the service; restart it if it hangs.' };
}

function unusable(endpoint: Endpoint, error: unknown): UnusableProbe {
  if (!FairleadError.is(error)) throw error;
  return { usable: false, endpoint: describeEndpoint(endpoint), reason: reasonOf(error), hint: error.hint };
}
