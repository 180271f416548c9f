import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerManager } from '@fairlead/core';
import type { Backend, Estate, ManagerOptions } from '@fairlead/core/backend';
import { memory, MemoryEngine, type Decorate, type MemoryImage, type ProgramContext } from '@fairlead/core/testing';
import { imageConfig, imageFile } from '../image-config.ts';
import type { Target, TargetImages, Unreachable, Workload } from '../target.ts';
import { playSteps, type PlayOptions, type World } from '../workload/play-steps.ts';
import type { Step } from '../workload/steps.ts';
import { memoryImageKnowledge } from './memory-image-knowledge.ts';
import { memoryLook } from './memory-look.ts';
import { simulatedSession } from './simulated-session.ts';
import { StandIns } from './stand-ins.ts';

/** A fault, built into everything that a memory target opens. */
export interface Fault {
  readonly backend?: (backend: Backend, engine: MemoryEngine, estate: Estate) => Backend;
  readonly manager?: (manager: ContainerManager, engine: MemoryEngine) => ContainerManager;
  /** What its containers have instead of something of their own. */
  readonly world?: (world: World) => World;
}

/** How to make a memory target. */
export interface MemoryTargetOptions {
  /** A folder on this host that exists. */
  readonly folder: string;
  /** Default 0.02: a second of the cases lasts 20 ms. */
  readonly pace?: number;
  readonly burstBytes?: number;
  readonly caseMs?: number;
  readonly fault?: Fault;
  readonly engine?: MemoryEngine;
  /** Those of another target, so that they are not made again. */
  readonly images?: TargetImages;
  /** To be shared between targets, and closed by whoever made it. Default: one of its own, which ends with this process. */
  readonly standIns?: StandIns;
}

/** The in-memory engine as a target: an engine of its own, without processes. */
export async function memoryTarget({
  folder,
  pace = 0.02,
  fault = {},
  ...options
}: MemoryTargetOptions): Promise<Target> {
  const standIns = options.standIns ?? new StandIns();
  const engine = options.engine ?? new MemoryEngine({ programs: programs({ pace, world: fault.world }) });
  const open = (managerOptions: ManagerOptions, decorate: Decorate): ContainerManager => {
    const own = { images: memoryImageKnowledge, stateFolder: join(folder, `state-${engine.id}`), ...managerOptions };
    const manager = memory({ engine, decorate }, own);
    return fault.manager?.(manager, engine) ?? manager;
  };
  const faulty: Decorate = (backend, estate) => fault.backend?.(backend, engine, estate) ?? backend;
  return {
    name: 'memory',
    folder,
    pace,
    ...(options.burstBytes === undefined ? {} : { burstBytes: options.burstBytes }),
    ...(options.caseMs === undefined ? {} : { caseMs: options.caseMs }),
    connect: (managerOptions) => open(managerOptions, faulty),
    workload,
    kubeContainer: (steps) => ({ image: plain, command: [program], args: [JSON.stringify(steps)] }),
    images: options.images ?? (await images(folder)),
    look: memoryLook(engine),
    startSession: (session) => simulatedSession(session, { open, faulty, standIns }),
    unreachable: unreachable((decorate) => open({}, decorate)),
  };
}

const plain = 'suite:1';
const program = 'steps';

function workload(steps: readonly Step[], rest: readonly string[] = []): Workload {
  return { image: plain, command: [program, JSON.stringify(steps), ...rest] };
}

function programs(options: PlayOptions): Readonly<Record<string, MemoryImage>> {
  const run = (context: ProgramContext): ReturnType<MemoryImage['run']> => {
    const [command, ...rest] = context.argv;
    if (command === '/bin/echo' || command === 'echo') return context.stdout.write(`${rest.join(' ')}\n`);
    if (command === 'sh') return 0;
    if (command === imageConfig.entrypoint[0]) {
      const [first = command, ...more] = rest.slice(2);
      context.stdout.write(`${context.env['GREETING'] ?? ''} ${first} ${more.join(' ')}\n`);
      if (first !== program) return 0;
    }
    const [text = '[]', ...others] = command === program ? rest : rest.slice(rest.indexOf(program) + 1);
    // Only `workload` above writes such commands.
    return playSteps(JSON.parse(text) as readonly Step[], others, context, options);
  };
  const commands = [program, '/bin/echo', 'echo', 'sh', imageConfig.entrypoint[0] ?? ''];
  return {
    [plain]: { run, commands, config: { command: ['sh'] } },
    'configured:1': { run, commands, config: imageConfig, files: { [imageFile.path]: imageFile.text } },
  };
}

async function images(folder: string): Promise<TargetImages> {
  const below = join(folder, 'images');
  await mkdir(below, { recursive: true });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(below, name), text);
    return join(below, name);
  };
  const archive = await file('plain', `memory-image ${plain}`);
  return {
    plain,
    configured: 'configured:1',
    forms: [plain, archive, { format: 'oci-archive', path: archive }],
    unseen,
    missing: 'no-such-image:1',
    truncated: await file('truncated', 'memory-im'),
    fresh: (place) => fresh(place),
    loadsFresh: true,
    mountable: (place) => fresh(place),
    configuredFile: await file('configured', 'memory-image configured:1'),
  };
}

/** A file of the plain program that differs from every other one. */
async function fresh(place: string): Promise<string> {
  const path = join(place, `fresh-${randomBytes(6).toString('hex')}`);
  await writeFile(path, `memory-image ${plain} ${path}`);
  return path;
}

/** The same program under a text, and so under a name, that no engine has loaded. */
async function unseen(folder: string): Promise<string> {
  const salt = randomBytes(8).toString('hex');
  const file = join(folder, `unseen-${salt}`);
  await writeFile(file, `memory-image ${plain} ${salt}`);
  return file;
}

function unreachable(open: (decorate: Decorate) => ContainerManager): readonly Unreachable[] {
  return [
    {
      what: 'an engine that is switched off',
      names: 'the engine',
      connect: () => open(unusable('the engine is switched off', 'Switch it on.')),
    },
    {
      what: 'an engine of somebody else',
      names: 'the engine',
      says: /may not use/,
      connect: () => open(unusable('this user may not use the engine', 'Use one of your own.')),
    },
  ];
}

function unusable(reason: string, hint: string): Decorate {
  return (backend) => ({ ...backend, probe: () => Promise.resolve({ usable: false, reason, hint }) });
}
