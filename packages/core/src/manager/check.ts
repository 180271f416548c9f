import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { RunSpec } from '../spec.ts';
import type { Refusal } from '../support.ts';
import type { ManagerContext } from './context.ts';
import { checkSpec } from './create.ts';

/** What of a spec cannot be honoured, as a list instead of an error. Other faults of the spec still reject. */
export async function checkForRefusals(
  context: ManagerContext,
  spec: RunSpec,
  call: BackendCall,
): Promise<readonly Refusal[]> {
  try {
    await checkSpec(context, spec, call);
    return [];
  } catch (error) {
    if (FairleadError.is(error, 'UNSUPPORTED') && isRefusals(error.details['refusals']))
      return error.details['refusals'];
    throw error;
  }
}

function isRefusals(value: unknown): value is readonly Refusal[] {
  return (
    Array.isArray(value) &&
    value.every((entry) => typeof entry === 'object' && entry !== null && 'key' in entry && 'reason' in entry)
  );
}
