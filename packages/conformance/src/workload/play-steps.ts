import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramContext } from '@fairlead/core/testing';
import { burstOf } from './burst.ts';
import { dispatch, type Handlers } from './dispatch.ts';
import { factLine, type Deed, type Fact, type Step } from './steps.ts';

/** How a program does steps. */
export interface PlayOptions {
  /** How long a second lasts, in seconds. */
  readonly pace: number;
  /** Changes what a container has of its own, to build faults. */
  readonly world?: ((world: World) => World) | undefined;
}

/** What a container has of its own, where another could have this host's. */
export interface World {
  readonly hostname: string;
  readonly umask: number;
  /** Ids of the processes that can be seen. */
  readonly processes: readonly number[];
  /** Pieces of standard input. */
  readonly input: readonly string[];
}

/** What a program does steps in. */
interface Stage {
  readonly context: ProgramContext;
  /** The arguments after the steps. */
  readonly rest: readonly string[];
  readonly options: PlayOptions;
  /** A handler of a signal may end the program. */
  readonly exit: PromiseWithResolvers<number>;
}

/** A code ends the program. */
type Code = number | undefined;

/** Does steps inside the in-memory engine: the program that stands for what `shellScript` writes. @returns the exit code */
export async function playSteps(
  steps: readonly Step[],
  rest: readonly string[],
  context: ProgramContext,
  options: PlayOptions,
): Promise<number> {
  const stage: Stage = { context, rest, options, exit: Promise.withResolvers() };
  const deeds = deedsOn(stage);
  for (const step of steps) {
    const code = 'as' in step ? await tell(stage, step) : await dispatch(deeds, step);
    if (code !== undefined) return code;
  }
  return 0;
}

function deedsOn(stage: Stage): Handlers<Deed, Code | Promise<Code>> {
  const { context, options, exit } = stage;
  const { signal, stdout, stderr } = context;
  const nothing = (): undefined => undefined;
  const deeds: Handlers<Deed, Code | Promise<Code>> = {
    pause: ({ seconds }) => Promise.race([exit.promise, sleep(seconds * options.pace * 1000, undefined, { signal })]),
    hold: () => exit.promise,
    'await-file': ({ path }) => awaitFile(context, path),
    print: ({ text, to }) => silently(() => (to === 'stderr' ? stderr : stdout).write(text)),
    burst: ({ bytes }) => silently(() => writeBurst(context, bytes)),
    'on-signal': ({ signal: name, steps }) => silently(() => context.on(name, () => void handle(deeds, steps, exit))),
    'ignore-signal': ({ signal: name }) => silently(() => context.on(name, nothing)),
    exit: ({ code }) => code,
  };
  return deeds;
}

function silently(deed: () => void): undefined {
  deed();
  return undefined;
}

async function handle(
  deeds: Handlers<Deed, Code | Promise<Code>>,
  steps: readonly Deed[],
  exit: PromiseWithResolvers<number>,
): Promise<void> {
  for (const step of steps) {
    const code = await dispatch(deeds, step);
    if (code !== undefined) exit.resolve(code);
  }
}

async function awaitFile({ files, signal }: ProgramContext, path: string): Promise<undefined> {
  const absent = (): Promise<boolean> =>
    files.read(path).then(
      () => false,
      () => true,
    );
  while (await absent()) await sleep(2, undefined, { signal });
}

function writeBurst({ stdout, stderr }: ProgramContext, bytes: number): void {
  const burst = burstOf(bytes);
  for (let at = 0; at < burst.stdout.length; at += 16_384) {
    stdout.write(burst.stdout.subarray(at, at + 16_384));
    stderr.write(burst.stderr.subarray(at, at + 16_384));
  }
}

async function tell(stage: Stage, fact: Fact): Promise<undefined> {
  const { stdout } = stage.context;
  try {
    const told = await dispatch(factsOn(stage), fact);
    stdout.write(factLine(fact.as, { bytes: typeof told === 'string' ? Buffer.from(told) : told }));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    stdout.write(factLine(fact.as, { error: text.slice(text.lastIndexOf(': ') + 2) }));
  }
}

type Told = string | Uint8Array | Promise<string | Uint8Array>;

function factsOn({ context, rest, options }: Stage): Handlers<Fact, Told> {
  const { files, env, workdir, user, network, resources } = context;
  const own: World = { hostname: context.hostname, umask: 0o022, processes: [1], input: [] };
  const { hostname, umask, processes, input } = options.world?.(own) ?? own;
  return {
    read: ({ path }) => files.read(path),
    write: ({ path, text }) => files.write(path, text).then(() => ''),
    fill: ({ path, bytes }) => files.write(path, new Uint8Array(bytes)).then(() => ''),
    mode: async ({ path }) => (await files.mode(path)).toString(8),
    list: async ({ path }) => (await files.list(path)).join('\n'),
    arguments: () => rest.map((argument) => `${argument}\0`).join(''),
    environment: () =>
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}\0`)
        .join(''),
    folder: () => workdir,
    user: () => (user.includes(':') ? user : `${user}:0`),
    hostname: () => hostname,
    umask: () => umask.toString(8).padStart(4, '0'),
    input: () => input.join(''),
    interfaces: async () => (network === 'host' ? await hostInterfaces() : network === 'none' ? 'lo' : 'eth0\nlo'),
    network: () => (network === 'host' ? readlink('/proc/self/ns/net') : 'net:[memory]'),
    processes: () => processes.join('\n'),
    allocate: ({ bytes }) => (bytes > (resources.memoryBytes ?? Infinity) ? '137' : '0'),
    spin: ({ seconds }) => String(Math.round(100 * seconds * Math.min(1, resources.cpus ?? 1))),
    spawn({ count }) {
      if (count >= (resources.pids ?? Infinity)) throw new Error('spawn: refused');
      return '';
    },
  };
}

/** Names of this host's network interfaces, one per line. */
async function hostInterfaces(): Promise<string> {
  const lines = (await readFile('/proc/net/dev', 'utf8')).split('\n').slice(2);
  return lines
    .map((line) => line.split(':')[0]?.trim() ?? '')
    .filter((name) => name !== '')
    .toSorted()
    .join('\n');
}
