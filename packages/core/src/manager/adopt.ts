import type { Call } from '../call.ts';
import type { Container, ContainerRef } from '../container.ts';
import { FairleadError } from '../errors.ts';
import { autoRemoveIfWanted } from './auto-remove.ts';
import { containerHandle } from './container-handle.ts';
import { find, look, plainCall, type ManagerContext } from './context.ts';
import { keepWhileAlive } from './kept.ts';
import { makerOf } from './maker.ts';
import { requireOwned } from './ownership.ts';
import { requireOwnRef, toRef } from './ref.ts';

/** A handle on a container that exists, to look and to act; disposing it changes nothing. */
export function getContainer(context: ManagerContext, idOrName: string, options: Call | undefined): Promise<Container> {
  return plainCall(context, 'get', options, async (call) => {
    const { id, name, labels } = await find(context, idOrName, call);
    const ref = toRef(context, { id, labels }, await context.probes.usable(call));
    return containerHandle(context, { ref, name, labels, owned: false });
  });
}

/**
 * Takes over a container that another session made: `reap` spares it while this session lives.
 * @throws FairleadError `INVALID_SPEC`, `CONTAINER_NOT_FOUND`, `NOT_OWNED`
 */
export function adopt(context: ManagerContext, ref: ContainerRef, options: Call | undefined): Promise<Container> {
  return plainCall(context, 'adopt', options, async (call) => {
    const probe = await context.probes.usable(call);
    requireOwnRef(context, ref, probe.engineId);
    const found = await look(context, ref.id, call);
    if (found === undefined) throw gone(context, ref);
    const { id, name, labels } = found;
    requireOwned(context, { what: `container ${name}`, labels, foreign: 'never' });
    const maker = makerOf(context, found);
    if (maker !== 'own') await keepWhileAlive(context.estate, { id, engineId: probe.engineId });
    // Whoever made it can no longer remove it at its end.
    if (maker === 'dead') autoRemoveIfWanted(context, found);
    return containerHandle(context, { ref: toRef(context, { id, labels }, probe), name, labels, owned: false });
  });
}

function gone(context: ManagerContext, { id }: ContainerRef): FairleadError {
  return new FairleadError({
    code: 'CONTAINER_NOT_FOUND',
    backend: context.name,
    message: `container ${id} is gone`,
    hint: 'It was removed since the reference was made.',
    details: { container: id },
  });
}
