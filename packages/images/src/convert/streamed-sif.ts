import { packLayer } from '../layer/pack-layer.ts';
import { mediaType, type Compression } from '../oci/media-type.ts';
import { descriptorOf, jsonBlob } from '../writer/build-image.ts';
import type { StreamedImage } from '../writer/write-streamed-image.ts';
import { evidenceAnnotation } from './evidence-annotation.ts';
import type { SifIdentity, SifImage } from './sif-image.ts';

/** A SIF's one layer, and what describes it once its digests are known. */
export function streamedSif(
  { layer, config, branch }: SifImage,
  { compression, identifying }: { readonly compression: Compression; readonly identifying: Promise<SifIdentity> },
): StreamedImage {
  return {
    layers: [{ size: layer.size, pack: (onBytes) => packLayer(layer, { compression, onBytes, lent: true }) }],
    async describe([packed]) {
      if (packed === undefined) throw new Error('an image of a SIF has one layer');
      const { labels } = await identifying;
      await layer.squashfs.source.checkUnchanged();
      const configuration = config(packed.diffId, labels);
      const manifest = jsonBlob(mediaType.manifest, {
        schemaVersion: 2,
        mediaType: mediaType.manifest,
        config: descriptorOf(configuration),
        layers: [descriptorOf(packed)],
        annotations: { [evidenceAnnotation]: branch },
      });
      return { manifest, config: configuration };
    },
  };
}
