import type { ContainerRef } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { UsableProbe } from '../probe.ts';
import type { ManagerContext } from './context.ts';
import { toldOwner } from './info.ts';

/** What another process needs to find a container again. */
export function toRef(
  context: ManagerContext,
  container: { readonly id: string; readonly labels: Readonly<Record<string, string>> },
  { engineId, endpoint }: UsableProbe,
): ContainerRef {
  const owner = toldOwner(context, container.labels) ?? '';
  return { v: 1, backend: context.name, engineId, endpoint, id: container.id, owner };
}

/** Checks that a reference, perhaps from a file, is one to this engine. @throws FairleadError `INVALID_SPEC` */
export function requireOwnRef(context: ManagerContext, ref: ContainerRef, engineId: string): void {
  const { v, id, backend, endpoint } = { ...ref };
  if (v !== 1 || typeof id !== 'string' || typeof ref.engineId !== 'string') {
    throw invalidRef(context, 'this is no reference to a container');
  }
  if (ref.engineId === engineId) return;
  const where = `${JSON.stringify(backend)} at ${JSON.stringify(endpoint)}`;
  throw invalidRef(context, `the reference is to ${where}, which is another engine than this`);
}

function invalidRef(context: ManagerContext, message: string): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    backend: context.name,
    operation: 'adopt',
    message,
    hint: 'Give what `ref` of a container or `detach()` gave, to a manager of the same engine.',
  });
}
