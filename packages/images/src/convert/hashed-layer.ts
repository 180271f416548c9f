import { createHash } from 'node:crypto';
import type { Digest } from '../oci/digest.ts';
import type { SquashfsLayer } from '../layer/squashfs-layer.ts';

/** The bytes of a layer; its digest is the value returned at the end. */
export async function* hashedLayer(
  layer: SquashfsLayer,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, Digest, void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of layer.stream()) {
    hash.update(chunk);
    bytes += chunk.length;
    onBytes(bytes);
    yield chunk;
  }
  const hex = hash.digest('hex');
  return { algorithm: 'sha256', hex, text: `sha256:${hex}` };
}
