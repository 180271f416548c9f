import type { ProgressCall } from '../call.ts';
import type { Container } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { Completed } from '../manager.ts';
import type { RunSpec } from '../spec.ts';
import { autoRemoveIfWanted } from './auto-remove.ts';
import { collect } from './collect.ts';
import { containerHandle } from './container-handle.ts';
import { engineCall, look, type ManagerContext } from './context.ts';
import { checkSpec, createChecked, type Checked, type Created } from './create.ts';
import type { EnsureCall } from './ensure-call.ts';
import { requireKnown } from './known-options.ts';
import { chunks } from './logs.ts';
import { makerOf } from './maker.ts';
import { toRef } from './ref.ts';
import { removeInOwnTime } from './remove.ts';
import { idempotently, type Made } from './run-id.ts';
import { waitForEnd } from './wait.ts';

/** Creates, without starting. */
export function createContainer(
  context: ManagerContext,
  spec: RunSpec,
  options: ProgressCall | undefined,
): Promise<Container> {
  return ensureCall(context, 'create', options, async (call) => {
    const checked = await checkSpec(context, spec, call);
    const create = (): Promise<Created> => createChecked(context, checked, call);
    const made = await idempotently(context, { checked, mustStart: false, create }, call);
    return toHandle(context, checked, made);
  });
}

/** Creates and starts; whatever fails, nothing is left. */
export function runContainer(
  context: ManagerContext,
  spec: RunSpec,
  options: ProgressCall | undefined,
): Promise<Container> {
  return ensureCall(context, 'run', options, async (call) => (await start(context, spec, call)).container);
}

/** Runs to the end and removes. The output is read after the end, when every engine gives all of it (L17). */
export function runToCompletion(
  context: ManagerContext,
  spec: RunSpec,
  options: ProgressCall | undefined,
): Promise<Completed> {
  return ensureCall(context, 'runToCompletion', options, async (call) => {
    // Removed by this call, not by itself: its output is read first.
    const { autoRemove: _autoRemove, ...kept } = { ...spec };
    const { container, made } = await start(context, kept, call);
    const completed = await complete(context, made, call).catch(async (error: unknown) => {
      await made.created?.undo(error);
      throw error;
    });
    await container[Symbol.asyncDispose]();
    // One that another session left is taken over; one whose session may live is that session's to remove.
    if (made.created === undefined && makerOf(context, made) === 'dead') await removeInOwnTime(context, made);
    return completed;
  });
}

async function start(
  context: ManagerContext,
  spec: RunSpec,
  call: EnsureCall,
): Promise<{ readonly container: Container; readonly made: Made }> {
  const checked = await checkSpec(context, spec, call);
  const create = (): Promise<Created> => createAndStart(context, checked, call);
  const made = await idempotently(context, { checked, mustStart: true, create }, call);
  return { container: toHandle(context, checked, made), made };
}

async function createAndStart(context: ManagerContext, checked: Checked, call: EnsureCall): Promise<Created> {
  const created = await createChecked(context, checked, call);
  try {
    call.onProgress({ phase: 'starting', message: created.name });
    await context.backend.start(created.id, call);
    await created.checkImage();
    call.signal.throwIfAborted();
  } catch (error) {
    await created.undo(error);
    throw error;
  }
  autoRemoveIfWanted(context, created);
  return created;
}

async function complete(context: ManagerContext, { id, name }: Made, call: EnsureCall): Promise<Completed> {
  const exit = await waitForEnd(context, { id, known: true }, call);
  const output = await collect(chunks(context, { id }, {}, call));
  // Of a container that was removed meanwhile nobody can say that this was all.
  if ((await look(context, id, call)) !== undefined) return { exit, ...output };
  throw new FairleadError({
    code: 'CONTAINER_NOT_FOUND',
    backend: context.name,
    message: `container ${name} was removed by somebody else before its output was read`,
    details: { container: id },
  });
}

function toHandle(context: ManagerContext, { probe }: Checked, { id, name, labels, created }: Made): Container {
  const ref = toRef(context, { id, labels }, probe);
  return containerHandle(context, { ref, name, labels, owned: created !== undefined });
}

function ensureCall<T>(
  context: ManagerContext,
  operation: string,
  options: ProgressCall | undefined,
  work: (call: EnsureCall) => Promise<T>,
): Promise<T> {
  const { onProgress = () => undefined } = options ?? {};
  return engineCall(context, operation, options, ({ signal }) => {
    requireKnown<ProgressCall>(operation, options ?? {}, ['onProgress']);
    return work({ signal, onProgress });
  });
}
