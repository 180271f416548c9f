import { expand, type ExpansionPolicy } from '../expanded-source.ts';
import { mediaType } from '../oci/media-type.ts';
import type { OutgoingBlob } from '../oci/packed-image.ts';
import { verify } from '../oci/verify.ts';
import type { StoredLayer } from './stored-image.ts';

/**
 * Plain and gzip layers go out as they are: every engine takes them. Docker 20.10 cannot read zstd, and a compressed
 * layer of a docker-archive has no digest of its own, so these are expanded; a first reading finds their size.
 */
export async function loadableLayer(layer: StoredLayer, path: string, policy?: ExpansionPolicy): Promise<OutgoingBlob> {
  const { digest, size, compression, diffId } = layer;
  const where = `layer ${digest?.text ?? diffId.text}`;
  const asStored = (): AsyncIterable<Uint8Array> =>
    digest === undefined ? layer.stream() : verify(layer.stream(), { digest, size, path, where });
  if (digest !== undefined && compression !== 'zstd')
    return { mediaType: layer.mediaType, digest, size, stream: asStored };
  if (compression === 'none') return { mediaType: layer.mediaType, digest: diffId, size, stream: asStored };
  const expanded = (): AsyncIterable<Uint8Array> =>
    verify(expand(asStored(), { path, compression, policy }), { digest: diffId, size: undefined, path, where });
  let expandedSize = 0;
  for await (const chunk of expanded()) expandedSize += chunk.length;
  return { mediaType: mediaType.layer, digest: diffId, size: expandedSize, stream: expanded };
}
