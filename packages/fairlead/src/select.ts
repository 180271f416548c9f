import type { Selectable } from './artifact.ts';
import type { Selected, SelectOptions } from './selection.ts';

/**
 * Looks at the image by content, at the spec and at the machine, and opens the best engine that honours all of it.
 * @throws FairleadError `NO_BACKEND` with a table of every candidate and its reason; `INVALID_IMAGE`, `IMAGE_NOT_FOUND`, `CORRUPT_IMAGE`, `INVALID_SPEC`
 */
export async function select(what: Selectable, options: SelectOptions = {}): Promise<Selected> {
  // Loaded when it is used: importing this package costs next to nothing.
  const { choose } = await import('./choose.ts');
  return choose(what, options);
}
