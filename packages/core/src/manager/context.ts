import type { Backend, BackendContainer } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import type { Call } from '../call.ts';
import { FairleadError } from '../errors.ts';
import type { Estate } from '../estate/estate.ts';
import type { ImageKnowledge } from '../image/converter.ts';
import type { MountMode } from '../image/mounter.ts';
import { inCall } from './call-scope.ts';
import { disposed, requireOpen } from './disposed.ts';
import { Ends } from './ends.ts';
import { requireKnown } from './known-options.ts';
import { ProbeCache } from './probe-cache.ts';
import { Readers } from './readers.ts';
import { isAway } from './while-away.ts';

/** What a manager is made of. */
export interface ManagerParts {
  readonly name: string;
  readonly backend: Backend;
  readonly estate: Estate;
  readonly images: ImageKnowledge | undefined;
  readonly mount: MountMode;
}

/** What all parts of one manager share. */
export interface ManagerContext extends ManagerParts {
  readonly probes: ProbeCache;
  readonly ends: Ends;
  readonly readers: Readers;
  /** Runs with a runId under way in this process, by container name. */
  readonly underway: Map<string, Promise<unknown>>;
  /** Removals that wait for a container's end, by its id. */
  readonly removals: Map<string, Promise<unknown>>;
  /** Ends background work when the manager is disposed. */
  readonly closing: AbortController;
}

/** A context in which nothing has happened yet. */
export function openContext(parts: ManagerParts): ManagerContext {
  return {
    ...parts,
    probes: new ProbeCache(parts),
    ends: new Ends(),
    readers: new Readers(),
    underway: new Map(),
    removals: new Map(),
    closing: new AbortController(),
  };
}

/**
 * Runs one call of a manager; a lost connection makes it ask anew what the engine is.
 * @throws FairleadError `CONFLICT` if the manager has been disposed
 */
export function engineCall<T>(
  context: ManagerContext,
  operation: string,
  options: Call | undefined,
  work: (call: BackendCall) => Promise<T>,
): Promise<T> {
  return inCall(options, operation, (call) => {
    requireOpen(context, operation);
    return noticingLoss(context, () => work(call));
  });
}

/** The same for a call whose options say no more than those of every call. @throws FairleadError `INVALID_SPEC` for others */
export function plainCall<T>(
  context: ManagerContext,
  operation: string,
  options: Call | undefined,
  work: (call: BackendCall) => Promise<T>,
): Promise<T> {
  return engineCall(context, operation, options, (call) => {
    requireKnown(operation, options ?? {}, []);
    return work(call);
  });
}

/** One container by its full id, or undefined if it is gone. */
export async function look(
  context: ManagerContext,
  id: string,
  call: BackendCall,
): Promise<BackendContainer | undefined> {
  const found = await noticingLoss(context, () => context.backend.inspect([id], call));
  const container = found.get(id);
  // Engines also take names and the beginnings of ids for an id (C97).
  return container?.id === id ? container : undefined;
}

/** The container of exactly this full id or name. @throws FairleadError `CONTAINER_NOT_FOUND` */
export async function find(context: ManagerContext, idOrName: string, call: BackendCall): Promise<BackendContainer> {
  const found = await seek(context, idOrName, call);
  if (found !== undefined) return found;
  throw containerNotFound(context, idOrName);
}

/** The container of exactly this full id or name, or undefined. */
export async function seek(
  context: ManagerContext,
  idOrName: string,
  call: BackendCall,
): Promise<BackendContainer | undefined> {
  const byId = await look(context, idOrName, call);
  if (byId !== undefined) return byId;
  const id = await context.backend.resolve(idOrName, call);
  return id === undefined ? undefined : look(context, id, call);
}

/** The error for a container that is not there. */
export function containerNotFound(context: ManagerContext, idOrName: string): FairleadError {
  return new FairleadError({
    code: 'CONTAINER_NOT_FOUND',
    backend: context.name,
    message: `no container has exactly the id or name ${JSON.stringify(idOrName)}`,
    hint: 'list() shows the containers of this owner; names are compared whole.',
    details: { container: idOrName },
  });
}

async function noticingLoss<T>(context: ManagerContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isAway(error)) throw error;
    // Connections that the manager closed itself do not come back: nothing is to wait for them.
    if (context.closing.signal.aborted) throw disposed(context, undefined, error);
    if (FairleadError.is(error, 'CONNECTION_LOST')) context.probes.drop();
    throw error;
  }
}
