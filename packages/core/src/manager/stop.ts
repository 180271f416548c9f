import type { BackendContainer } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import type { Call } from '../call.ts';
import type { ChangeOptions, StopOptions } from '../container.ts';
import { FairleadError } from '../errors.ts';
import { autoRemoveIfWanted } from './auto-remove.ts';
import { engineCall, find, plainCall, type ManagerContext } from './context.ts';
import { requireKnown } from './known-options.ts';
import { requireOwned } from './ownership.ts';

const endingSignals = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP']);

/** Starts a created container. @throws FairleadError `CONTAINER_NOT_FOUND`, `NOT_OWNED`, `START_FAILED` */
export function startContainer(context: ManagerContext, id: string, options: Call | undefined): Promise<void> {
  return plainCall(context, 'start', options, async (call) => {
    const found = await find(context, id, call);
    requireOwned(context, { what: `container ${found.name}`, labels: found.labels, foreign: 'never' });
    context.ends.begin(found.id);
    await context.backend.start(found.id, call);
    autoRemoveIfWanted(context, found);
  });
}

/**
 * Ends a container with its own signal and grace.
 * @throws FairleadError `CONTAINER_NOT_FOUND`, `NOT_OWNED`; what keeps the engine from telling the state, if it does not
 */
export function stopContainer(context: ManagerContext, id: string, options: StopOptions = {}): Promise<void> {
  return engineCall(context, 'stop', options, async (call) => {
    requireKnown('stop', options, ['graceSeconds', 'foreign']);
    const { graceSeconds, foreign } = options;
    if (graceSeconds !== undefined && !isGrace(graceSeconds)) throw invalid('stop', 'graceSeconds', graceSeconds);
    const found = await findRunning(context, { id, foreign }, call);
    if (found === undefined) return;
    context.ends.ask(found.id);
    await context.backend.stop(found.id, { graceSeconds }, call);
  });
}

/** Sends a signal. @throws FairleadError as `stopContainer` does, and `INVALID_SPEC` */
export function killContainer(
  context: ManagerContext,
  { id, signal = 'SIGKILL' }: { readonly id: string; readonly signal: string | undefined },
  options: ChangeOptions = {},
): Promise<void> {
  return engineCall(context, 'kill', options, async (call) => {
    requireKnown('kill', options, ['foreign']);
    if (!/^SIG[A-Z0-9]+([+-]\d+)?$/.test(signal)) throw invalid('kill', 'signal', signal);
    const found = await findRunning(context, { id, foreign: options.foreign }, call);
    if (found === undefined) return;
    if (endingSignals.has(signal)) context.ends.ask(found.id);
    await context.backend.kill(found.id, signal, call);
  });
}

async function findRunning(
  context: ManagerContext,
  { id, foreign }: { readonly id: string; readonly foreign: boolean | undefined },
  call: BackendCall,
): Promise<BackendContainer | undefined> {
  const found = await find(context, id, call);
  requireOwned(context, { what: `container ${found.name}`, labels: found.labels, foreign });
  // What an engine cannot tell of, as a container on another host, it cannot end either: that must not look done.
  if (found.state.phase === 'unknown') throw found.state.error;
  return found.state.phase === 'exited' || found.state.phase === 'created' ? undefined : found;
}

function isGrace(seconds: number): boolean {
  return Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= 86_400;
}

function invalid(operation: string, option: string, value: unknown): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    operation,
    message: `${option} is ${JSON.stringify(value)}`,
    hint: option === 'signal' ? 'Give a name such as SIGUSR1.' : 'Give whole seconds from 0 to 86400.',
    details: { option },
  });
}
