import type { Backend } from '../../backend/backend.ts';
import type { Decorate } from '../../testing/index.ts';

/** Replaces some functions of the backend. */
export function replace(change: (backend: Backend) => Partial<Backend>): Decorate {
  return (backend) => ({ ...backend, ...change(backend) });
}
