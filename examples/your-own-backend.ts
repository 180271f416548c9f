// A backend in one file, as a package of your own would export it, here for the toy engine of function-engine.ts.
// What the engine cannot do is declared, never ignored; the suite proves both (your-own-backend.test.ts).
import { FairleadError, native, unsupported } from '@fairlead/core';
import type { ContainerState, ErrorCode, LogChunk, Support, SupportKey, Supports, UsableProbe } from '@fairlead/core';
import { defineBackend } from '@fairlead/core/backend';
import type { Backend, BackendContainer, BackendLogRequest, BackendModule } from '@fairlead/core/backend';
import { z } from 'zod';
import { FunctionRun, type FunctionEngine } from './function-engine.ts';

const formats = ['registry'] as const;

/** The module for one engine: `select(what, { managers: [functionsModule(engine)] })`. */
export function functionsModule(engine: FunctionEngine): BackendModule {
  return defineBackend({
    name: 'functions',
    formats,
    loads: [],
    kube: false,
    options: () => z.strictObject({}),
    async *discover() {
      yield { found: true, endpoint: `functions:${engine.id}`, door: 'socket', daemonless: true, options: {} };
    },
    open: () => functionsBackend(engine),
  });
}

function functionsBackend(engine: FunctionEngine): Backend {
  const ensure: Backend['images']['ensure'] = async (image) => {
    const name = image.format === 'registry' ? image.name : image.path;
    if (!engine.images.has(name)) throw failure('IMAGE_NOT_FOUND', `there is no function ${JSON.stringify(name)}`);
    return { id: name };
  };
  const about = { formats, loads: [], probe: async () => probeOf(engine), refuse: () => [] };
  return { ...about, ...readsOf(engine), ...changesOf(engine), images: { ensure }, close: async () => undefined };
}

function readsOf(engine: FunctionEngine): Pick<Backend, 'resolve' | 'inspect' | 'list' | 'wait' | 'logs'> {
  return {
    resolve: async (idOrName) => engine.find(idOrName)?.id,
    inspect: async (ids) =>
      new Map(ids.flatMap((id) => engine.runs.get(id) ?? []).map((run) => [run.id, toContainer(run)])),
    list: async (wanted) =>
      Array.from(engine.runs.values(), toContainer).filter(({ labels }) =>
        Object.entries(wanted).every(([key, value]) => labels[key] === value),
      ),
    wait: (id, { signal }) => ended(engine.runs.get(id), signal),
    logs: (id, request, { signal }) => logsOf(get(engine, id), request, signal),
  };
}

function changesOf(engine: FunctionEngine): Pick<Backend, 'create' | 'start' | 'stop' | 'kill' | 'remove'> {
  return {
    async create({ name, labels, env, command = [], ensured }) {
      if (engine.find(name) !== undefined) throw failure('CONFLICT', `there is a container ${name}`);
      const run = new FunctionRun({ name, labels, env, argv: command, image: ensured.id });
      engine.runs.set(run.id, run);
      return run.id;
    },
    async start(id) {
      const image = engine.images.get(get(engine, id).spec.image);
      if (image === undefined) throw failure('START_FAILED', `the image of container ${id} is gone`);
      get(engine, id).start(image);
    },
    async stop(id, { graceSeconds = 10 }, { signal }) {
      const run = get(engine, id);
      run.deliver('SIGTERM');
      const late = AbortSignal.timeout(graceSeconds * 1000);
      await ended(run, AbortSignal.any([signal, late])).catch(() => signal.throwIfAborted());
      run.deliver('SIGKILL');
    },
    kill: async (id, signal) => engine.runs.get(id)?.deliver(signal),
    async remove(id) {
      engine.runs.get(id)?.deliver('SIGKILL');
      engine.runs.delete(id);
    },
  };
}

async function ended(run: FunctionRun | undefined, signal: AbortSignal): Promise<void> {
  while (isRunning(run)) await run?.changed(signal);
}

function isRunning(run: FunctionRun | undefined): boolean {
  return run?.code === 'running';
}

async function* logsOf(run: FunctionRun, request: BackendLogRequest, signal: AbortSignal): AsyncGenerator<LogChunk> {
  const skip = { ...request.skip };
  for (let next = 0; ; next += 1) {
    while (next >= run.output.length) {
      if (!request.follow || !isRunning(run)) return;
      await run.changed(signal);
    }
    const { stream, bytes } = run.output[next] ?? { stream: 'stdout', bytes: new Uint8Array() };
    if (skip[stream] < bytes.length) yield { stream, bytes: bytes.subarray(skip[stream]) };
    skip[stream] = Math.max(0, skip[stream] - bytes.length);
  }
}

function toContainer(run: FunctionRun): BackendContainer {
  return { id: run.id, createdAt: run.createdAt, user: undefined, state: toState(run), ...run.spec };
}

function toState({ code, times }: FunctionRun): ContainerState {
  if (code === undefined) return { phase: 'created', rawState: 'created', attempt: 0 };
  if (code === 'running') return { phase: 'running', rawState: 'running', attempt: 1 };
  const exit = code === 0 ? ({ reason: 'ok', code } as const) : ({ reason: 'error', code } as const);
  return { phase: 'exited', rawState: 'exited', attempt: 1, exit: { attempt: 1, ...times, ...exit } };
}

function get(engine: FunctionEngine, id: string): FunctionRun {
  const run = engine.runs.get(id);
  if (run === undefined) throw failure('CONTAINER_NOT_FOUND', `there is no container ${id}`);
  return run;
}

function failure(code: ErrorCode, message: string): FairleadError {
  return new FairleadError({ code, backend: 'functions', message, details: {} });
}

function probeOf({ id }: FunctionEngine): UsableProbe {
  const identity = { engine: 'Functions', version: '1.0.0', engineId: id, endpoint: `functions:${id}` };
  const host = {
    rootless: true,
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    sharesHostFiles: true,
    addedEnvironment: [],
    notes: [],
  };
  return { usable: true, ...identity, ...host, supports };
}

const no = unsupported('a function of this process has nothing of that kind', 'Use an engine that runs processes.');
const noFiles = unsupported('a function has no file system', 'Say readOnlyRootfs: true.');
// All keys of the contract: a new one does not compile until this backend has taken a position on it.
const supports: Supports = {
  ...each(native, 'name', 'runId', 'labels', 'command', 'env', 'readOnlyRootfs', 'network.none', 'logs.follow'),
  ...each(native, 'logs.tail'),
  ...each({ kind: 'whileProcessLives', how: 'the library waits for the end' }, 'autoRemove'),
  ...each(noFiles, 'rootfs.writable'),
  ...each(no, 'entrypoint', 'workdir', 'user', 'files', 'stopSignal', 'stopGraceSeconds', 'kube', 'images.mount'),
  ...each(no, 'mounts.bind', 'mounts.volume', 'mounts.tmpfs', 'mounts.tmpfs.sizeBytes', 'volumes', 'volumes.readFile'),
  ...each(no, 'resources.memoryBytes', 'resources.cpus', 'resources.pids', 'network.private', 'network.host'),
  ...each(no, 'logs.since', 'logs.timestamps', 'exec', 'exec.env', 'exec.workdir', 'exec.user'),
};

function each<K extends SupportKey>(support: Support, ...keys: readonly K[]): Readonly<Record<K, Support>> {
  // One entry for each of the keys, which is what the type says.
  return Object.fromEntries(keys.map((key) => [key, support])) as Record<K, Support>;
}
