import type { BackendCall } from '../backend/backend-call.ts';
import type { ChangeOptions, Container, ContainerInfo, ContainerRef } from '../container.ts';
import { FairleadError } from '../errors.ts';
import { engineCall, look, plainCall, type ManagerContext } from './context.ts';
import { requireOpen } from './disposed.ts';
import { startExec } from './exec.ts';
import { toInfo } from './info.ts';
import { keepForGood } from './kept.ts';
import { requireKnown } from './known-options.ts';
import { logsOf } from './logs.ts';
import { forget, removeContainer, removeInOwnTime } from './remove.ts';
import { killContainer, stopContainer } from './stop.ts';
import { waitForEnd } from './wait.ts';

/** A container as its handle is made from it. */
export interface HandleOf {
  readonly ref: ContainerRef;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** True for one that this call made: disposing the handle then removes it. */
  readonly owned: boolean;
}

/** A handle over a container. */
export function containerHandle(context: ManagerContext, { ref, name, labels, owned }: HandleOf): Container {
  const { id } = ref;
  let mine = owned;
  let last = blankInfo(context, { id, name, labels });
  return {
    id,
    name,
    backend: context.name,
    ref,
    async inspect(options) {
      last = await plainCall(context, 'inspect', options, (call) => lookPatiently(context, last, call));
      return last;
    },
    wait: (options) => plainCall(context, 'wait', options, (call) => waitForEnd(context, { id, known: true }, call)),
    logs: logsOf(context, () => Promise.resolve(id)),
    exec: (command, options) => startExec(context, { id, command }, options),
    stop: (options) => stopContainer(context, id, options),
    kill: (signal, options) => killContainer(context, { id, signal }, options),
    async remove(options) {
      await removeById(context, id, options);
      // Also where others removed it: what lies on this host for it goes as well.
      await forget(context, { id, labels });
      mine = false;
    },
    async detach() {
      await keepForGood(context.estate, ref);
      mine = false;
      return ref;
    },
    async [Symbol.asyncDispose]() {
      if (!mine) return;
      requireOpen(context, 'remove');
      await removeInOwnTime(context, { id, name, labels });
      mine = false;
    },
  };
}

/** Kills and removes, by id or name. */
export function removeById(context: ManagerContext, idOrName: string, options: ChangeOptions = {}): Promise<void> {
  return engineCall(context, 'remove', options, async (call) => {
    requireKnown('remove', options, ['foreign']);
    await removeContainer(context, { idOrName, foreign: options.foreign }, call);
  });
}

/** A handle's look: gone is `lost`, an engine that does not answer is `unknown`; neither rejects. */
async function lookPatiently(context: ManagerContext, last: ContainerInfo, call: BackendCall): Promise<ContainerInfo> {
  const { attempt } = last.state;
  try {
    const found = await look(context, last.id, call);
    if (found !== undefined) return toInfo(context, found);
    return { ...last, state: { phase: 'lost', rawState: 'absent', attempt } };
  } catch (error) {
    call.signal.throwIfAborted();
    if (!FairleadError.is(error)) throw error;
    return { ...last, state: { phase: 'unknown', rawState: 'no answer', attempt, error } };
  }
}

/** What a handle knows before the first look. */
function blankInfo(
  context: ManagerContext,
  { id, name, labels }: { readonly id: string; readonly name: string; readonly labels: HandleOf['labels'] },
): ContainerInfo {
  const container = { id, name, image: '', createdAt: '', labels, user: undefined };
  return toInfo(context, { ...container, state: { phase: 'created', rawState: 'not looked at', attempt: 1 } });
}
