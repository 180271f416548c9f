import type { ProgressCall } from '../call.ts';
import type { Container } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { Completed } from '../manager.ts';
import type { RunSpec } from '../spec.ts';
import { autoRemoveIfWanted, removeLater } from './auto-remove.ts';
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
  return ensureCall(context, 'run', options, async (call) => {
    const checked = await checkSpec(context, spec, call);
    return toHandle(context, checked, await start(context, checked, call));
  });
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
    const made = await start(context, await checkSpec(context, kept, call), call);
    const completed = await complete(context, made, call).catch(async (error: unknown) => {
      await made.created?.undo(error);
      throw error;
    });
    // One that another session left is taken over; one whose session may live is that session's to remove.
    if (made.created !== undefined || makerOf(context, made) === 'dead') await removeFinished(context, made);
    return completed;
  });
}

function start(context: ManagerContext, checked: Checked, call: EnsureCall): Promise<Made> {
  const create = (): Promise<Created> => createAndStart(context, checked, call);
  return idempotently(context, { checked, mustStart: true, create }, call);
}

/** Its result is at hand: what keeps the engine from removing does not take it away. It is tried again, last by `reap`. */
async function removeFinished(context: ManagerContext, made: Made): Promise<void> {
  try {
    await removeInOwnTime(context, made);
  } catch (error) {
    if (!FairleadError.is(error)) throw error;
    removeLater(context, made);
  }
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
