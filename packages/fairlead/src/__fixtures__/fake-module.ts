import type { ContainerManager, FileImageFormat, ImageFormat, ImageKnowledge, Refusal, Supports, UsableProbe } from '@fairlead/core';
import type { Backend, BackendModule, ManagerOptions, ProbeCall } from '@fairlead/core/backend';
import { MemoryEngine, memoryModule } from '@fairlead/core/testing';

/** What a backend for tests is like. */
export interface FakeBackend {
  readonly name: string;
  readonly formats?: readonly ImageFormat[];
  readonly loads?: readonly FileImageFormat[];
  readonly kube?: boolean;
  /** What the probe tells besides what is usual, or why the engine cannot be used. */
  readonly probe?: Partial<UsableProbe> | Error | 'hangs';
  readonly supports?: Partial<Supports>;
  readonly refuse?: () => readonly Refusal[];
  /** Is told how the probe was asked. */
  readonly probed?: (call: ProbeCall) => void;
  /** Says what happens: `open` and `close`, with the name. */
  readonly events?: string[];
}

/** A module over an in-memory engine that says of itself what a test wants. */
export function fakeModule(fake: FakeBackend): BackendModule {
  const { name, formats = ['registry'], loads = [], kube = false, supports, events = [] } = fake;
  const engine = new MemoryEngine({ programs: { 'busybox:1': () => 0 }, supports });
  const inMemory = memoryModule(engine, (backend) => ({ ...backend, formats, loads, ...answers(fake, backend) }));
  const connect = (options: unknown, managerOptions?: ManagerOptions): ContainerManager => {
    events.push(`open ${name}`);
    return { ...inMemory.connect(options, managerOptions), backend: name };
  };
  return {
    ...inMemory,
    name,
    formats,
    loads,
    kube,
    connect,
    async *discover() {
      const open = (options?: ManagerOptions): ContainerManager => connect({}, options);
      yield { found: true, endpoint: `${name}:socket`, door: 'socket', daemonless: false, connect: open };
    },
  };
}

function answers({ name, probe, refuse, probed, events = [] }: FakeBackend, backend: Backend): Partial<Backend> {
  return {
    refuse: refuse ?? (() => []),
    probe: async (call) => {
      probed?.(call);
      if (probe instanceof Error) throw probe;
      if (probe === 'hangs') return untilAborted(call.signal);
      const usual = await backend.probe(call);
      return usual.usable ? { ...usual, rootless: false, ...probe } : usual;
    },
    close: async () => void events.push(`close ${name}`),
  };
}

/** A module that finds no engine. */
export function absentModule(name: string): BackendModule {
  return {
    ...fakeModule({ name }),
    async *discover() {
      yield { found: false, endpoint: `/run/${name}.sock`, reason: `${name} is not installed`, hint: `Install ${name}.` };
    },
  };
}

/** Knowledge of images that finds a SIF everywhere, and converts it for engines that load docker-archives. */
export const images: ImageKnowledge = {
  detect: async (path) => ({ format: 'sif', path }),
  describe: async () => undefined,
  converters: [{ from: ['sif'], to: 'docker-archive', open: () => Promise.reject(new Error('not converted here')) }],
};

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
