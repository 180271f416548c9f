import { createHash } from 'node:crypto';
import { FairleadError, type Probe } from '@fairlead/core';
import { readHostId, type BackendCall } from '@fairlead/core/backend';
import { findOnPath, runCommand, type CommandResult } from '@fairlead/subprocess';
import { answerInTime } from './answer-in-time.ts';
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

const byHand = 'Run `apptainer exec` by hand; user namespaces may be switched off.';

/** Asks the command what it is and tries what hosts differ in: cage, overlay, network, limits. */
export async function findFacts(given: string | undefined, call: BackendCall): Promise<Found> {
  const command =
    given ?? (await findOnPath('apptainer', process.env)) ?? (await findOnPath('singularity', process.env));
  if (command === undefined) {
    return unusable('there is no command apptainer or singularity on PATH', 'Install Apptainer, or give `command`.');
  }
  const found = await askCommand(command, call).catch((error: unknown) => {
    call.signal.throwIfAborted();
    if (!FairleadError.is(error, 'UNAVAILABLE')) throw error;
    return toUnusable(error, byHand);
  });
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
  if ('reason' in version) return version;
  const product = parseVersion(version.stdout.toString());
  if (product === undefined) return unusable(`${command} is neither Apptainer nor SingularityCE`, 'Check `command`.');
  if ('reason' in help) return help;
  if (!help.stdout.includes('--no-eval')) {
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
    return unusable(`the engine cannot make a container here: ${plain.reason}`, byHand);
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

/** Does not reject before its process has ended, so that two can be run at once. */
async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  call: BackendCall,
): Promise<CommandResult | Unusable> {
  const hint = 'Give the path of apptainer or singularity as `command`.';
  const words = [command, ...args].join(' ');
  try {
    const result = await answerInTime(words, ({ signal }) => runCommand(command, args, { signal, env }), call);
    return result.code === 0 ? result : unusable(`${words} ended with ${result.code}`, hint);
  } catch (error) {
    call.signal.throwIfAborted();
    return toUnusable(error, hint);
  }
}

function toUnusable(error: unknown, hint: string): Unusable {
  // A hint is a line of its own in a message.
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return unusable(reason, (FairleadError.is(error) ? error.hint : undefined) ?? hint);
}

function unusable(reason: string, hint: string): Unusable {
  return { usable: false, reason, hint };
}
