import {
  FairleadError,
  type ArtifactKind,
  type ErrorCode,
  type ImageKnowledge,
  type Refusal,
  type RunSpec,
  type Support,
} from '@fairlead/core';
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

/** Why a candidate that may not convert an image does not mount it either, where images of that format are mounted. */
export function whyNotMounted(
  { candidate }: Opened,
  artifact: ArtifactKind,
  { mounter }: ImageKnowledge,
): readonly Refusal[] {
  const { probe, formats, mounts } = candidate;
  if (!probe.usable || artifact.kind === 'manifest') return [];
  const { format } = artifact;
  const mountable = mounter?.from.some((from) => from === format) === true;
  if (!mountable || formats.includes(format) || mounts.some((mounted) => mounted === format)) return [];
  // A backend made for an older version of the contract does not know the key.
  const support: Support | undefined = probe.supports['images.mount'];
  if (support?.kind !== 'unsupported') return [];
  return [{ key: 'images.mount', reason: support.reason, hint: support.hint }];
}
