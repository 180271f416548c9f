import { FairleadError } from '@fairlead/core';
import { openSession, type BackendCall, type Session } from '@fairlead/core/backend';
import {
  findOnPath,
  flag,
  runCommand,
  streamCommand,
  whyNotExecutable,
  type CommandInput,
  type CommandResult,
  type CommandStream,
} from '@fairlead/subprocess';
import { backendName, translateExit } from './errors.ts';
import type { PodmanKubeOptions } from './options.ts';
import { openScratch } from './scratch.ts';

/** Keeps podman's own warnings out of a stderr that it shares with a container. */
export const quiet: string = flag('log-level', 'fatal');

/** How to run one podman command. */
export interface PodmanRun {
  /** The verb and its arguments. */
  readonly args: readonly string[];
  /** What the library does with it, for errors. */
  readonly operation: string;
  readonly input?: CommandInput | undefined;
  /** Variables for podman's own process beyond the usual. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Gives podman a folder of its own for temporary files, which goes with the command. Not for `stream`. */
  readonly scratch?: boolean | undefined;
  /** Values that errors must not tell. */
  readonly secrets?: readonly string[] | undefined;
}

/** The podman command: every call is one process, judged by its exit code and never by its stderr (H10, C144). */
export interface PodmanCli {
  /** Absolute path of the command. @throws FairleadError `UNAVAILABLE` */
  command(): Promise<string>;
  /** What names the service that it talks to, if that is not on this host: an address, which may hold a password. */
  readonly elsewhere: string | undefined;
  /** The environment that podman itself gets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs to the end; an exit code other than 0 is translated and thrown. */
  run(run: PodmanRun, call: BackendCall): Promise<CommandResult>;
  /** Runs to the end and gives whatever code came. */
  ask(run: PodmanRun, call: BackendCall): Promise<CommandResult>;
  stream(run: PodmanRun, call: BackendCall): Promise<CommandStream>;
  /** The error that a command's failure means. */
  fail(run: PodmanRun, result: Pick<CommandResult, 'code' | 'signal' | 'stderr'>): Promise<FairleadError>;
}

/** Opens nothing yet: the command is looked up when it is first needed. */
export function openPodmanCli(options: PodmanKubeOptions, session: Session = openSession()): PodmanCli {
  const env = podmanEnvironment(options);
  const before = globalArguments(options);
  const command = async (): Promise<string> => {
    const name = options.command ?? 'podman';
    const found = await findOnPath(name, env);
    if (found === undefined) throw await absent(name);
    return found;
  };
  const prepare = async ({ args, input, env: more }: PodmanRun, { signal }: BackendCall) => {
    const file = await command();
    return [file, [...before, ...args], { signal, env: { ...env, ...more }, input }] as const;
  };
  const ask = async (run: PodmanRun, call: BackendCall): Promise<CommandResult> => {
    if (run.scratch !== true) return runCommand(...(await prepare(run, call)));
    await using scratch = await openScratch(session);
    const aside = { ...run, env: { ...run.env, TMPDIR: scratch.path } };
    return await runCommand(...(await prepare(aside, call)));
  };
  const fail = async (
    { args, operation, secrets }: PodmanRun,
    exit: Pick<CommandResult, 'code' | 'signal' | 'stderr'>,
  ): Promise<FairleadError> =>
    translateExit({ operation, file: await command(), args: [...before, ...args], exit, secrets });
  return {
    elsewhere: serviceElsewhere(before, env),
    env,
    command,
    ask,
    fail,
    run: async (run, call) => {
      const result = await ask(run, call);
      if (result.code !== 0) throw await fail(run, result);
      return result;
    },
    stream: async (run, call) => streamCommand(...(await prepare(run, call))),
  };
}

/** Arguments before the verb, the same for every verb (B7, H11). */
export function globalArguments({ root, runroot, globalArgs = [] }: PodmanKubeOptions): readonly string[] {
  return [
    ...(root === undefined ? [] : [flag('root', root)]),
    ...(runroot === undefined ? [] : [flag('runroot', runroot)]),
    ...globalArgs,
  ];
}

/**
 * This process's environment with the caller's additions. What podman would hand on to containers is left out:
 * sockets of systemd and the notify socket.
 */
export function podmanEnvironment(
  { env }: PodmanKubeOptions,
  own: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string | undefined>> {
  const { NOTIFY_SOCKET: _n, LISTEN_FDS: _f, LISTEN_PID: _p, LISTEN_FDNAMES: _d, ...rest } = own;
  return { PODMAN_IGNORE_CGROUPSV1_WARNING: '1', ...rest, ...env };
}

/**
 * Names the service that podman is sent to, by its address or its connection; undefined where it is on this host. One at
 * a unix socket sees the files of this host; one at another address, or in a named connection, may not.
 */
export function serviceElsewhere(
  globalArgs: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const url = optionOf(globalArgs, /^--url(?:=(.*))?$/s) ?? env['CONTAINER_HOST'] ?? '';
  if (url !== '') return url.startsWith('unix:') ? undefined : url;
  const named = optionOf(globalArgs, /^(?:--connection|-c)(?:=?(.+))?$/s) ?? env['CONTAINER_CONNECTION'] ?? '';
  return named === '' ? undefined : named;
}

/** The value of an option: the pattern's group, else the argument that follows. */
function optionOf(args: readonly string[], pattern: RegExp): string | undefined {
  const at = args.findIndex((argument) => pattern.test(argument));
  return at < 0 ? undefined : (pattern.exec(args[at] ?? '')?.[1] ?? args[at + 1]);
}

async function absent(name: string): Promise<FairleadError> {
  const { reason } = name.includes('/') ? await whyNotExecutable(name) : { reason: `${name} is not on PATH` };
  return new FairleadError({
    code: 'UNAVAILABLE',
    backend: backendName,
    message: reason,
    hint: 'Install podman, or give its absolute path in the option `command`.',
    details: { command: name },
  });
}
