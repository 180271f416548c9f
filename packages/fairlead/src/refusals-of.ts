import { FairleadError, type ErrorCode, type Refusal, type RunSpec } from '@fairlead/core';
import type { BackendCall } from '@fairlead/core/backend';
import type { Opened } from './candidates.ts';

/** Failures that are about one engine; all others are about the spec, and the same everywhere. */
const aboutTheEngine: ReadonlySet<ErrorCode> = new Set(['UNAVAILABLE', 'CONNECTION_LOST', 'TIMEOUT', 'ENGINE_FAILURE']);

/** What of a spec this candidate refuses; a fault of the spec itself rejects. */
export async function refusalsOf(
  { candidate, manager }: Opened,
  spec: RunSpec | undefined,
  call: BackendCall,
): Promise<readonly Refusal[]> {
  if (spec === undefined || manager === undefined || !candidate.probe.usable) return [];
  const runs = [...candidate.formats, ...candidate.converts];
  // An image that it does not take is told by rank, once.
  if (typeof spec.image !== 'string' && !runs.includes(spec.image.format)) return [];
  try {
    return await manager.check(spec, call);
  } catch (error) {
    call.signal.throwIfAborted();
    if (!FairleadError.is(error) || !aboutTheEngine.has(error.code)) throw error;
    return [{ key: 'image', reason: error.message }];
  }
}
