import {
  FairleadError,
  type ConvertedImage,
  type FileImageRef,
  type ImageConverter,
  type Progress,
  type ProgressCall,
} from '@fairlead/core';
import { deadline } from '../deadline.ts';
import type { ExpansionPolicy } from '../expanded-source.ts';
import { mediaType } from '../oci/media-type.ts';
import type { OutgoingBlob, PackedImage } from '../oci/packed-image.ts';
import { hostArchitecture } from '../oci/platform.ts';
import { jsonBlob, manifestOf } from '../writer/build-image.ts';
import { imageArchive } from '../writer/image-archive.ts';
import { loadableLayer } from './loadable-layer.ts';
import { openStoredImage, type StoredFormat, type StoredImage } from './stored-image.ts';

/**
 * Turns OCI layouts, OCI archives and docker-archives into the one tar that every engine loads: an OCI layout that is
 * a docker-archive too. It streams, verifies every digest on the way, and writes nothing to disk.
 */
export const ociConverter: ImageConverter = createOciConverter(hostArchitecture());

/** The converter for images of another architecture (GOARCH word) than this machine's, or with other limits. */
export function createOciConverter(architecture: string, expansion: ExpansionPolicy = {}): ImageConverter {
  return {
    from: ['oci-layout', 'oci-archive', 'docker-archive'],
    to: 'docker-archive',
    open: (image, options) => openConverted(image, options, { architecture, expansion }),
  };
}

async function openConverted(
  image: FileImageRef,
  options: ProgressCall,
  how: { readonly architecture: string; readonly expansion: ExpansionPolicy },
): Promise<ConvertedImage> {
  const { format } = image;
  if (!isStored(format)) {
    throw new FairleadError({
      code: 'CONVERSION_FAILED',
      message: `no image of format ${format} can be converted here`,
    });
  }
  const limit = deadline(options, 'convert');
  try {
    const stored = await openStoredImage({ ...image, format }, { signal: limit.signal, ...how });
    limit.stopClock();
    const name = `localhost/fairlead/oci:${stored.identity.hex.slice(0, 40)}`;
    return {
      name,
      labels: {},
      // Engines name an image by its configuration, or by its manifest; both stay as they are.
      ids: [stored.config.digest, stored.identity].map(({ text }) => text),
      stream: () => convertStored(stored, { ...how, name, signal: limit.signal, onProgress: options.onProgress }),
      async [Symbol.asyncDispose]() {
        limit[Symbol.dispose]();
        await stored[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    limit[Symbol.dispose]();
    throw error;
  }
}

function isStored(format: FileImageRef['format']): format is StoredFormat {
  return format === 'oci-layout' || format === 'oci-archive' || format === 'docker-archive';
}

interface ConvertOptions {
  readonly name: string;
  readonly expansion?: ExpansionPolicy;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** The archive of an open image. @throws FairleadError `CORRUPT_IMAGE`, `POLICY_DENIED` */
export async function* convertStored(
  stored: StoredImage,
  options: ConvertOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { name, signal, onProgress } = options;
  onProgress?.({ phase: 'converting', message: 'reading layers' });
  const image = await pack(stored, options.expansion);
  const totalBytes = image.layers.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  for await (const chunk of imageArchive([{ image, names: [name] }], { form: 'both', signal })) {
    bytes += chunk.length;
    onProgress?.({ phase: 'converting', bytes: Math.min(bytes, totalBytes), totalBytes });
    yield chunk;
  }
}

/** The image as it goes out: its own manifest, unless a layer had to be expanded. */
async function pack(stored: StoredImage, policy: ExpansionPolicy | undefined): Promise<PackedImage> {
  const layers: OutgoingBlob[] = [];
  for (const layer of stored.layers) layers.push(await loadableLayer(layer, stored.path, policy));
  const { config, manifest } = stored;
  const unchanged = manifest !== undefined && layers.every(({ digest }, at) => digest === stored.layers[at]?.digest);
  return {
    config,
    layers,
    manifest: unchanged ? manifest : jsonBlob(mediaType.manifest, manifestOf(mediaType.manifest, { config, layers })),
  };
}
