import { createHash } from 'node:crypto';
import type { Probe } from '@fairlead/core';
import { readHostId, type BackendCall } from '@fairlead/core/backend';
import { findOnPath, runCommand } from '@fairlead/subprocess';
import { engineEnvironment } from './engine-environment.ts';
import { addedVariables } from './environment.ts';
import { goArchitecture } from './go-architecture.ts';
import type { HostFacts, Tried } from './host-facts.ts';
import { parseVersion } from './product.ts';
import { supportsOf } from './supports.ts';
import { openTrial, type TrialImage } from './trial.ts';

/** An engine that cannot be used, as a probe tells it. */
export interface Unusable {
  readonly usable: false;
  /** Absolute path of the command, where there is one. */
  readonly endpoint?: string | undefined;
  readonly reason: string;
  readonly hint: string;
}

/** What a probe found. */
export type Found = ({ readonly usable: true } & HostFacts) | Unusable;

/** Asks the command what it is and tries what hosts differ in: cage, overlay, network, limits. */
export async function findFacts(given: string | undefined, call: BackendCall): Promise<Found> {
  const command =
    given ?? (await findOnPath('apptainer', process.env)) ?? (await findOnPath('singularity', process.env));
  if (command === undefined) {
    return unusable('there is no command apptainer or singularity on PATH', 'Install Apptainer, or give `command`.');
  }
  const found = await askCommand(command, call);
  return found.usable ? found : { ...found, endpoint: command };
}

async function askCommand(command: string, call: BackendCall): Promise<Found> {
  const tools = await findTools();
  if ('reason' in tools) return tools;
  const env = engineEnvironment(command, '/tmp');
  const [version, help] = await Promise.all([
    run(command, ['--version'], env, call),
    run(command, ['exec', '--help'], env, call),
  ]);
  if (typeof version === 'string') return unusable(version, 'Give the path of apptainer or singularity as `command`.');
  const product = parseVersion(version.stdout.toString());
  if (product === undefined) return unusable(`${command} is neither Apptainer nor SingularityCE`, 'Check `command`.');
  if (typeof help === 'string' || !help.stdout.includes('--no-eval')) {
    const hint = 'Install Apptainer 1.1 or SingularityCE 3.10, or newer.';
    return unusable(`${product.name} ${product.version} has no --no-eval: it would run variables as shell code`, hint);
  }
  const root = process.getuid?.() === 0;
  await using trial = await openTrial({ command, root, tools });
  const tried = await tryModes(trial, tools.unshare, call);
  if ('reason' in tried) return tried;
  return { usable: true, product, command, root, tools, ...tried };
}

/** The probe that users see. */
export function toProbe(found: Found, store: string): Probe {
  if (!found.usable) return found;
  const { product, root, cage, command } = found;
  return {
    usable: true,
    engine: product.name,
    version: product.version,
    engineId: createHash('sha256').update(`${readHostId()}\n${store}\n${product.name}`).digest('hex').slice(0, 32),
    endpoint: command,
    rootless: !root,
    architecture: goArchitecture(),
    sharesHostFiles: true,
    supports: supportsOf(found),
    addedEnvironment: addedVariables,
    notes: cage.works
      ? []
      : [
          `Containers are supervised without namespaces around them (${cage.reason}): after a kill -9 of a supervisor its container runs on until it is removed.`,
        ],
  };
}

/** Tries everything at once, and part by part only where that fails. */
async function tryModes(
  trial: TrialImage,
  unshare: string | undefined,
  call: BackendCall,
): Promise<Pick<HostFacts, 'mode' | 'cage' | 'overlay' | 'noNetwork'> | Unusable> {
  const cage: Tried =
    unshare === undefined
      ? { works: false, reason: 'there is no program unshare' }
      : await trial.attempt({ mode: 'cage', noNetwork: true, overlay: true }, call);
  if (cage.works) return { mode: 'cage', cage, overlay: cage, noNetwork: cage };
  const bare = unshare === undefined ? cage : await trial.attempt({ mode: 'cage' }, call);
  const mode = bare.works ? 'cage' : 'sweep';
  const plain = bare.works ? bare : await trial.attempt({ mode }, call);
  if (!plain.works) {
    return unusable(
      `the engine cannot make a container here: ${plain.reason}`,
      'Run `apptainer exec` by hand; user namespaces may be switched off.',
    );
  }
  const overlay = await trial.attempt({ mode, overlay: true }, call);
  const noNetwork = await trial.attempt({ mode, noNetwork: true }, call);
  return { mode, cage: bare, overlay, noNetwork };
}

async function findTools(): Promise<HostFacts['tools'] | Unusable> {
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/bin:/bin:/usr/sbin:/sbin` };
  const [shell, unshare, mkfifo] = await Promise.all(
    ['/bin/sh', 'unshare', 'mkfifo'].map((name) => findOnPath(name, env)),
  );
  if (shell === undefined) return unusable('there is no /bin/sh', 'This backend supervises containers with it.');
  if (mkfifo === undefined) return unusable('there is no program mkfifo', 'It comes with coreutils and with busybox.');
  return { shell, unshare, mkfifo };
}

async function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>, call: BackendCall) {
  try {
    const result = await runCommand(command, args, { signal: call.signal, env });
    return result.code === 0 ? result : `${command} ${args.join(' ')} ended with ${result.code}`;
  } catch (error) {
    call.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

function unusable(reason: string, hint: string): Unusable {
  return { usable: false, reason, hint };
}
