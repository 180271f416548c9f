import { packLayer, type LayerStream } from '../layer/pack-layer.ts';
import type { Compression } from '../oci/media-type.ts';
import { verify } from '../oci/verify.ts';
import type { StreamedImage, StreamedLayer } from '../writer/write-streamed-image.ts';
import { describeOciSif } from './describe-oci-sif.ts';
import type { OciSifImage } from './oci-sif-image.ts';
import type { StoredLayer } from './stored-image.ts';

/** The layers of an OCI-SIF's image, and what describes them once their digests are known. */
export function streamedOciSif(image: OciSifImage, compression: Compression): StreamedImage {
  const { path } = image.source;
  const layers = image.layers.map(({ kind, layer }): StreamedLayer => {
    if (kind === 'tar') return { size: layer.size, pack: (onBytes) => asStored(layer, path, onBytes) };
    return { size: layer.size, pack: (onBytes) => packLayer(layer, { compression, onBytes, lent: true }) };
  });
  return {
    layers,
    listing: image.listing,
    async describe(packed) {
      await image.source.checkUnchanged();
      return describeOciSif(image, packed);
    },
  };
}

async function* asStored(layer: StoredLayer, path: string, onBytes: (bytes: number) => void): LayerStream {
  const { digest = layer.diffId, size, diffId, mediaType } = layer;
  let bytes = 0;
  for await (const chunk of verify(layer.stream(), { digest, size, path, where: `layer ${digest.text}` })) {
    bytes += chunk.length;
    onBytes(bytes);
    yield chunk;
  }
  return { mediaType, digest, size, diffId };
}
