import type { BackendCall } from '../backend/backend-call.ts';
import type { Progress } from '../call.ts';

/** A call that tells how far it is. */
export interface EnsureCall extends BackendCall {
  readonly onProgress: (progress: Progress) => void;
}
