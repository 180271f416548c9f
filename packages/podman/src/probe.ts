import { FairleadError, type Probe, type UsableProbe } from '@fairlead/core';
import { execKillNote, storeId, type BackendCall } from '@fairlead/core/backend';
import type { LibpodClient } from './client.ts';
import { parseEngine, type EngineRecord } from './engine-record.ts';
import { supportsOf } from './supports.ts';

/** How long an engine may take to tell what it is, in milliseconds. */
const answerMs = 20_000;

/** What the engine tells of itself. */
export async function readEngine(client: LibpodClient, { signal }: BackendCall): Promise<EngineRecord> {
  return parseEngine(await client.json({ operation: 'info', signal, method: 'GET', path: ['info'] }));
}

/** Asks what listens at the socket and what it can do. Rejects only when cancelled. */
export async function probeEngine(client: LibpodClient, call: BackendCall): Promise<Probe> {
  const endpoint = `unix://${client.socketPath}`;
  const clock = AbortSignal.timeout(answerMs);
  try {
    const engine = await readEngine(client, { signal: AbortSignal.any([call.signal, clock]) });
    return toProbe(engine, endpoint);
  } catch (error) {
    call.signal.throwIfAborted();
    if (clock.aborted) {
      const reason = `what listens at ${client.socketPath} did not answer within ${answerMs / 1_000} s`;
      return { usable: false, endpoint, reason, hint: 'Look at the service; restart it if it hangs.' };
    }
    if (!FairleadError.is(error)) throw error;
    return { usable: false, endpoint, reason: plainReason(error), hint: error.hint };
  }
}

/** What is told of an engine that answers. */
export function toProbe(engine: EngineRecord, endpoint: string): UsableProbe {
  const major = Number.parseInt(engine.version, 10);
  return {
    usable: true,
    engine: 'Podman',
    version: engine.version,
    engineId: podmanEngineId(engine),
    endpoint,
    rootless: engine.rootless,
    architecture: engine.architecture,
    // Elsewhere than on Linux the engine runs in a virtual machine that sees some folders only.
    sharesHostFiles: process.platform === 'linux',
    supports: supportsOf(engine),
    addedEnvironment: ['HOME', 'HOSTNAME', 'PATH', 'container', ...(major === 4 ? ['TERM'] : [])],
    notes: notesOf(engine, major),
  };
}

/** Names the store, so that one Podman seen through its socket and through its command is one. */
export function podmanEngineId({ graphRoot, runRoot }: Pick<EngineRecord, 'graphRoot' | 'runRoot'>): string {
  return storeId(graphRoot, runRoot);
}

function notesOf({ rootless, cgroupVersion, selinux }: EngineRecord, major: number): readonly string[] {
  const notes = [execKillNote];
  if (major === 4) notes.push('Podman 4 tells the time of a log line in whole seconds.');
  if (rootless && cgroupVersion === 'v1') {
    notes.push('With cgroups v1 a rootless engine cannot limit memory, CPUs and processes.');
  }
  if (selinux) notes.push('SELinux is on: folders that are bound need a label that containers may use.');
  return notes;
}

/** The first line of an error, without the place that the probe names anyway. */
function plainReason(error: FairleadError): string {
  const [line = ''] = error.message.split('\n');
  return line.replace(/^podman \w+: /, '');
}
