import { createHash } from 'node:crypto';
import type { ImageRef } from '../image/image.ts';
import type { RunSpec } from '../spec.ts';

/**
 * 40 hex digits over the leaves that the caller set: equal for equal specs, whatever the order of their keys and
 * however the image is written. Files count by digest.
 */
export function specHash(spec: RunSpec, image: ImageRef): string {
  const { files, runId: _runId, image: _image, ...rest } = spec;
  const digests = files?.map(({ content, ...file }) => ({ ...file, content: sha256(content) }));
  return sha256(canonical({ ...rest, image, files: digests })).slice(0, 40);
}

/** The name of an idempotent run: the engine's own conflict over it is the lock. */
export function runName(owner: string, runId: string): string {
  return `f-${sha256(`${owner}\0${runId}`).slice(0, 40)}`;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** JSON with sorted keys and without what is undefined. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(',')}}`;
}
