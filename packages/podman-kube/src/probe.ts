import { FairleadError, type Probe, type Support, type UnusableProbe } from '@fairlead/core';
import { execKillNote, type BackendCall, type Estate, type ProbeCall } from '@fairlead/core/backend';
import { flag } from '@fairlead/subprocess';
import type { PodmanCli } from './podman-cli.ts';
import { engineId, parseEngine, seesHostFiles, type EngineRecord } from './engine-record.ts';
import { canMount } from './mount/can-mount.ts';
import { podmanSupports } from './supports.ts';
import { isBefore } from './version.ts';

/** Longest time in milliseconds that podman may take to tell about itself. */
const answerMs = 20_000;

/** How podman is asked, and who else wants to know what it is. */
export interface Probing {
  readonly cli: PodmanCli;
  readonly estate: Estate;
  /** Hears what `podman info` tells: that takes longer than a container, and is not to be asked twice. */
  readonly onEngine: (engine: EngineRecord) => void;
}

/** Asks podman what it is. Rejects only when cancelled. */
export async function probePodman({ cli, estate, onEngine }: Probing, call: ProbeCall): Promise<Probe> {
  try {
    const endpoint = await cli.command();
    const engine = await readEngine(cli, call);
    onEngine(engine);
    const mount = await canMount({ cli, estate, engine }, call);
    return toProbe(engine, { endpoint, mount });
  } catch (error) {
    call.signal.throwIfAborted();
    return unusable(error);
  }
}

/** What `podman info` tells. @throws FairleadError `UNAVAILABLE`, `TIMEOUT` */
export async function readEngine(cli: PodmanCli, { signal }: BackendCall): Promise<EngineRecord> {
  const clock = AbortSignal.timeout(answerMs);
  try {
    const run = { operation: 'probe', args: ['info', flag('format', 'json')] };
    const { stdout } = await cli.run(run, { signal: AbortSignal.any([signal, clock]) });
    return parseEngine(stdout.toString(), cli.elsewhere);
  } catch (error) {
    signal.throwIfAborted();
    if (!clock.aborted) throw error;
    throw new FairleadError({
      code: 'UNAVAILABLE',
      message: `podman did not answer within ${answerMs / 1000} s`,
      hint: 'See whether `podman info` answers; another podman may hold its lock.',
    });
  }
}

/** How podman was reached, and what was tried there. */
export interface Door {
  /** Absolute path of the command. */
  readonly endpoint: string;
  /** Whether an image can be mounted where podman sees it. */
  readonly mount: Support;
}

/** The probe that this record gives. Pure, but for the host's id. */
export function toProbe(engine: EngineRecord, { endpoint, mount }: Door): Probe {
  return {
    usable: true,
    engine: 'Podman',
    version: engine.version,
    engineId: engineId(engine),
    endpoint,
    rootless: engine.rootless,
    architecture: engine.architecture,
    sharesHostFiles: seesHostFiles(engine),
    supports: podmanSupports(engine, mount),
    addedEnvironment: ['container', 'HOME', 'HOSTNAME', 'PATH', ...(isBefore(engine.version, '5.0') ? ['TERM'] : [])],
    notes: notes(engine),
  };
}

function notes({ rootless, cgroupVersion, cgroupControllers, remote, version }: EngineRecord): readonly string[] {
  return [
    ...(rootless && cgroupControllers.length === 0
      ? [`Limits, pause and stats do not work for an ordinary user with cgroups ${cgroupVersion} here.`]
      : []),
    ...(remote ? ['The command talks to a podman service, which its own variables or options name.'] : []),
    ...(isBefore(version, '5.0')
      ? ['Manifests with secrets, jobs or restarting init containers are refused: this podman mishandles them.']
      : []),
    execKillNote,
  ];
}

function unusable(error: unknown): UnusableProbe {
  if (FairleadError.is(error)) {
    const [reason = error.message] = error.message.split('\n');
    return { usable: false, endpoint: 'podman', reason, hint: error.hint };
  }
  return { usable: false, endpoint: 'podman', reason: error instanceof Error ? error.message : String(error) };
}
