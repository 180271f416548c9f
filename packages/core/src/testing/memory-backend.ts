import type { Backend, BackendExec, BackendExecRequest } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { Estate } from '../estate/estate.ts';
import { label } from '../estate/labels.ts';
import type { CreatePlan } from '../plan.ts';
import type { MemoryContainer } from './memory-container.ts';
import type { MemoryEngine } from './memory-engine.ts';
import { memoryImages } from './memory-images.ts';
import { memoryKube } from './memory-kube.ts';
import { mountProgram, removeWithMount, sweepMounts } from './memory-mounts.ts';
import { MemoryLog } from './memory-log.ts';
import { memoryProbe } from './memory-probe.ts';
import { hasLabels, memoryVolumes } from './memory-volumes.ts';
import { refuseOverFolders } from './refuse-over-folders.ts';
import { startProgram } from './start-program.ts';

/** A backend over an in-memory engine: every rule of the contract in the simplest form that keeps it. */
export function memoryBackend(engine: MemoryEngine, estate: Estate): Backend {
  return {
    formats: ['registry'],
    loads: ['docker-archive'],
    probe: (call) => answer(call, () => memoryProbe(engine)),
    refuse: () => [],
    create: (plan, call) => create({ engine, estate }, plan, call),
    start: (id, call) => answer(call, () => startProgram(engine.container(id))),
    resolve: (idOrName, call) => answer(call, () => engine.containers.get(idOrName)?.id ?? engine.named(idOrName)?.id),
    inspect: (ids, call) =>
      answer(call, () => {
        const found = ids.flatMap((id) => engine.containers.get(id) ?? []);
        return new Map(found.map((container) => [container.id, container.record()]));
      }),
    list: (labels, call) =>
      answer(call, () => {
        const records = [...engine.containers.values()].map((container) => container.record());
        return records.filter((record) => hasLabels(record.labels, labels));
      }),
    wait: (id, call) => untilAborted(engine.containers.get(id)?.ended, call),
    logs: (id, request, call) => engine.container(id).log.read(request, call.signal),
    stop: (id, { graceSeconds }, call) => stop(engine.containers.get(id), graceSeconds, call),
    kill: (id, signal, call) => answer(call, () => engine.containers.get(id)?.deliver(signal)),
    remove: (id, call) => answer(call, () => removeWithMount(engine, id)),
    exec: (id, request, call) => answer(call, () => exec(engine.container(id), request, call)),
    images: memoryImages(engine),
    volumes: memoryVolumes(engine),
    kube: memoryKube(engine, estate),
    sweep: (call) => answer(call, () => sweepMounts(engine, estate)),
    close: () => Promise.resolve(),
  };
}

async function create(
  { engine, estate }: { readonly engine: MemoryEngine; readonly estate: Estate },
  plan: CreatePlan,
  call: BackendCall,
): Promise<string> {
  try {
    await mountProgram(engine, { plan, estate }, call);
    await refuseOverFolders(plan);
    return await answer(call, () => engine.create(plan).id);
  } catch (error) {
    engine.mounts.delete(plan.labels[label.mount] ?? '');
    throw error;
  }
}

/** One answer of an engine: it takes a turn of the event loop, as a real one would take longer. */
async function answer<T>({ signal }: BackendCall, work: () => T): Promise<T> {
  signal.throwIfAborted();
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
  return work();
}

async function stop(
  container: MemoryContainer | undefined,
  grace: number | undefined,
  call: BackendCall,
): Promise<void> {
  if (container === undefined || !container.running) return;
  container.deliver(container.stopSignal);
  const milliseconds = (grace ?? container.plan.stopGraceSeconds) * 1000;
  const clock = setTimeout(() => container.deliver('SIGKILL'), milliseconds);
  try {
    await untilAborted(container.ended, call);
  } finally {
    clearTimeout(clock);
  }
}

function exec(
  container: MemoryContainer,
  { command, ...request }: BackendExecRequest,
  { signal }: BackendCall,
): BackendExec {
  if (!container.running) throw notRunning(container);
  const log = new MemoryLog();
  const [program] = command;
  const known = container.knows(program);
  if (!known) log.write('stderr', `${program ?? ''}: not found\n`);
  const context = container.besides({
    ...request,
    signal,
    stdout: { write: (data) => log.write('stdout', data) },
    stderr: { write: (data) => log.write('stderr', data) },
  });
  const killed = Promise.race([container.ended, abortOf(signal)]).then(() => 137);
  const code = known ? Promise.race([container.run(command, context), killed]) : Promise.resolve(127);
  void code.then(() => log.close());
  const whole = { follow: true, skip: { stdout: 0, stderr: 0 }, since: undefined, timestamps: false };
  return { output: log.read(whole, signal), exit: () => code };
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function notRunning({ plan }: MemoryContainer): FairleadError {
  return new FairleadError({
    code: 'CONFLICT',
    operation: 'exec',
    message: `the container ${plan.name} is not running`,
    hint: 'A command can be run in a running container only.',
  });
}

async function untilAborted(event: Promise<void> | undefined, { signal }: BackendCall): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([event, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
