// The smoke part of the conformance suite on the backend of your-own-backend.ts: what a third party runs first.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cases, factLine, runCase, type Step, type Target } from '@fairlead/conformance';
import { select } from 'fairlead';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionEngine, type FunctionIo } from './function-engine.ts';
import { functionsModule } from './your-own-backend.ts';

const image = 'docker.io/library/suite:1';
const engine = new FunctionEngine();
const module = functionsModule(engine);
engine.images.set(image, doSteps);
/** A second of the cases in milliseconds: nothing has to be started here. */
const second = 20;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-example-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The groups that an engine without files, volumes and programs can pass. */
const groups = /^(probe|lifecycle|stopping|spec|logs|finding|ownership|disposal|aborts|kube)\//;
/** What needs programs or a config in the image, is told of files, takes another process, or options that lead nowhere. */
const beyond = new Set([
  'lifecycle/start-failed',
  'spec/readOnlyRootfs',
  'spec/env-override',
  'spec/no-arguments',
  'ownership/reap',
  'probe/unreachable',
]);
const smoke = cases.filter(({ id }) => groups.test(id) && !beyond.has(id));

describe('the smoke part of the suite on a backend of one file (B3, A18)', () => {
  it('is more than a handful', () => {
    expect(smoke.length).toBeGreaterThan(50);
  });

  it.each(smoke.map((one) => ({ id: one.id, one })))('$id', async ({ one }) => {
    const target = functionsTarget();
    const probe = await target.connect({}).probe();
    if (!probe.usable) throw new Error(probe.reason);
    expect(await runCase(one, target, probe.supports)).toMatchObject({
      outcome: one.uses.some((key) => probe.supports[key].kind === 'unsupported') ? 'refused' : 'passed',
    });
  });
});

describe('select', () => {
  it('takes a module of one’s own like any other', async () => {
    const spec = { image, command: ['[]'], readOnlyRootfs: true };
    await using selected = await select(spec, { managers: [module] });
    await expect(selected.runToCompletion(spec)).resolves.toMatchObject({ exit: { code: 0 } });
  });
});

function functionsTarget(): Target {
  return {
    name: 'functions',
    folder,
    pace: second / 1000,
    caseMs: 10_000,
    connect: (options) => module.connect({}, { stateFolder: join(folder, 'state'), ...options }),
    workload: (steps, rest = []) => ({ image, command: [JSON.stringify(steps), ...rest] }),
    images: {
      plain: image,
      configured: image,
      forms: [image],
      missing: 'missing:1',
      truncated: join(folder, 'absent'),
      fresh: async () => image,
      loadsFresh: false,
    },
    look: {
      containers: async () =>
        Array.from(engine.runs.values(), ({ id, code, spec: { name, labels } }) => ({
          id,
          name,
          labels,
          running: code === 'running',
        })),
      volumes: async () => [],
      version: async () => '1.0.0',
    },
    startSession: () => Promise.reject(new Error('functions live in one process')),
  };
}

/** The image of the suite: does the steps that its first argument describes. */
function doSteps(io: FunctionIo): Promise<number> {
  const exit = Promise.withResolvers<number>();
  // Only `workload` above, and the test of select, write such arguments.
  const steps = JSON.parse(io.argv[0] ?? '[]') as readonly Step[];
  void doAll(steps, io, exit).then(() => exit.resolve(0), exit.reject);
  return exit.promise;
}

type Exit = PromiseWithResolvers<number>;

async function doAll(steps: readonly Step[], io: FunctionIo, exit: Exit): Promise<void> {
  for (const step of steps) await doStep(step, io, exit);
}

async function doStep(step: Step, io: FunctionIo, exit: Exit): Promise<void> {
  if ('as' in step) return tell(step.as, factOf(step.do, io), io);
  if (step.do === 'print') io.write(step.to ?? 'stdout', step.text);
  else if (step.do === 'pause') await pause(step.seconds * second);
  else if (step.do === 'exit') exit.resolve(step.code);
  else if (step.do === 'ignore-signal') io.handlers.set(step.signal, () => undefined);
  else if (step.do === 'on-signal') io.handlers.set(step.signal, () => void doAll(step.steps, io, exit));
  else if (step.do === 'hold') await new Promise(() => undefined);
  else throw new Error(`no such step here: ${step.do}`);
}

function tell(name: string, entries: readonly string[], io: FunctionIo): void {
  const bytes = Buffer.from(entries.map((entry) => `${entry}\0`).join(''));
  io.write('stdout', factLine(name, { bytes }));
}

function factOf(fact: string, { argv, env }: FunctionIo): readonly string[] {
  if (fact === 'arguments') return argv.slice(1);
  if (fact === 'environment') return Object.entries(env).map(([key, value]) => `${key}=${value}`);
  throw new Error(`nothing is known of ${fact} here`);
}
