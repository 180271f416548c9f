import type { BackendCall } from '../backend/backend-call.ts';
import { FairleadError } from '../errors.ts';
import type { RunSpec } from '../spec.ts';
import { parseSpec } from '../spec-schema.ts';
import type { Refusal } from '../support.ts';
import type { ManagerContext } from './context.ts';
import { checkSpec } from './create.ts';
import { resolveImage } from './ensure-image.ts';
import { mountableFormats, refusalsOfMount } from './mount-image.ts';

/** What of a spec cannot be honoured, as a list instead of an error. Other faults of the spec still reject. */
export async function checkForRefusals(
  context: ManagerContext,
  spec: RunSpec,
  call: BackendCall,
): Promise<readonly Refusal[]> {
  try {
    const unmountable = mountableFormats(context).length === 0 ? [] : await checkMount(context, spec, call);
    if (unmountable.length === 0) await checkSpec(context, spec, call);
    return unmountable;
  } catch (error) {
    if (FairleadError.is(error, 'UNSUPPORTED') && isRefusals(error.details['refusals']))
      return error.details['refusals'];
    throw error;
  }
}

async function checkMount(context: ManagerContext, spec: RunSpec, call: BackendCall): Promise<readonly Refusal[]> {
  const { image } = await resolveImage(context, parseSpec(spec).image, call);
  return refusalsOfMount(context, image, call);
}

function isRefusals(value: unknown): value is readonly Refusal[] {
  return (
    Array.isArray(value) &&
    value.every((entry) => typeof entry === 'object' && entry !== null && 'key' in entry && 'reason' in entry)
  );
}
