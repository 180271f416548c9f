import type { BackendVolumes } from '../backend/backend.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { ManagerContext } from './context.ts';
import { requireSupported, undeclared, unsupportedError } from './guard.ts';

/** The backend's volumes. @throws FairleadError `UNSUPPORTED`, `UNAVAILABLE` */
export async function volumeGroup(context: ManagerContext, call: BackendCall): Promise<BackendVolumes> {
  const { supports } = await context.probes.usable(call);
  requireSupported(context.name, undeclared(['volumes'], supports));
  const { volumes } = context.backend;
  if (volumes === undefined) throw unsupportedError(context.name, [{ key: 'volumes', reason: 'it has no volumes' }]);
  return volumes;
}

/** The error for a volume that is not there. */
export function volumeNotFound(context: ManagerContext, name: string): FairleadError {
  return new FairleadError({
    code: 'VOLUME_NOT_FOUND',
    backend: context.name,
    message: `no volume has exactly the name ${JSON.stringify(name)}`,
    details: { volume: name },
  });
}
