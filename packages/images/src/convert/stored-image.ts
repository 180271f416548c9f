import { FairleadError, type FileImageRef } from '@fairlead/core';
import { openArchive } from '../archive.ts';
import { readDockerArchive } from '../docker-archive/read-docker-archive.ts';
import { sniffCompression, type ExpansionPolicy } from '../expanded-source.ts';
import { quote } from '../failure.ts';
import type { JsonObject } from '../json.ts';
import { archiveStore } from '../oci/archive-store.ts';
import { checkBlob, type BlobStore } from '../oci/blob-store.ts';
import { chooseImage } from '../oci/choose-image.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { layoutStore } from '../oci/layout-store.ts';
import { layerCompression, mediaType, type Compression } from '../oci/media-type.ts';
import { blobOf, type OutgoingBlob } from '../oci/packed-image.ts';
import { readImage } from '../oci/read-image.ts';
import type { ImageInput } from '../source.ts';
import type { TarArchive } from '../tar/tar-archive.ts';

/** A layer as it is stored. */
export interface StoredLayer {
  readonly compression: Compression;
  readonly mediaType: string;
  /** Of the stored bytes, where something tells it. */
  readonly digest: Digest | undefined;
  readonly size: number;
  /** Of the expanded tar. */
  readonly diffId: Digest;
  /** The stored bytes, not verified. */
  stream(): AsyncIterable<Uint8Array>;
}

/** An image in a layout or archive, open for reading; disposing it closes the files. */
export interface StoredImage extends AsyncDisposable {
  readonly path: string;
  /** What tells this image from every other: the digest of its manifest, or else of its config. */
  readonly identity: Digest;
  readonly manifest: OutgoingBlob | undefined;
  readonly config: OutgoingBlob;
  readonly configJson: JsonObject;
  readonly layers: readonly StoredLayer[];
}

/** How to open. */
export interface OpenOptions {
  readonly signal: AbortSignal;
  /** Which image to take of those for several machines; GOARCH word. */
  readonly architecture: string;
  /** As in `Choice`: it is looked at, not run. */
  readonly foreign?: boolean | undefined;
  /** An archive that is open, or in memory. Default: the path. */
  readonly input?: ImageInput | undefined;
  readonly expansion?: ExpansionPolicy | undefined;
}

/** Formats that this opens. */
export type StoredFormat = 'oci-layout' | 'oci-archive' | 'docker-archive';

/**
 * Opens an image of a layout or archive and verifies its description; layers are looked at, not read.
 * @throws FairleadError `IMAGE_NOT_FOUND`, `ACCESS_DENIED`, `INVALID_IMAGE`, `CORRUPT_IMAGE`, `PLATFORM_MISMATCH`,
 * `CONVERSION_FAILED` for layers that engines cannot unpack
 */
export async function openStoredImage(
  image: FileImageRef & { readonly format: StoredFormat },
  options: OpenOptions,
): Promise<StoredImage> {
  if (image.format === 'oci-layout') return openOci(layoutStore(image.path, options.signal), image, options);
  const archive = await openArchive(options.input ?? image.path, options);
  return openStoredArchive(archive, image, options);
}

/** Opens an image of an archive that is open; a failure closes it. @throws as `openStoredImage` */
export async function openStoredArchive(
  archive: TarArchive,
  image: FileImageRef,
  options: Pick<OpenOptions, 'architecture' | 'foreign'>,
): Promise<StoredImage> {
  if (image.format === 'oci-archive') return openOci(archiveStore(archive), image, options);
  try {
    return await openDocker(archive, image.member);
  } catch (error) {
    await archive[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens an image of a store; a failure closes it. @throws as `openStoredImage` */
export async function openOci(
  store: BlobStore,
  image: Pick<FileImageRef, 'member'>,
  { architecture, foreign }: Pick<OpenOptions, 'architecture' | 'foreign'>,
): Promise<StoredImage> {
  try {
    const chosen = await chooseImage(store, { member: image.member, architecture, foreign });
    const { manifest, config, layers, diffIds } = await readImage(store, chosen);
    const stored: StoredLayer[] = [];
    for (const [at, diffId] of diffIds.entries()) stored.push(await ociLayer(store, layers[at], diffId));
    return {
      path: store.path,
      identity: manifest.descriptor.digest,
      manifest: blobOf({ ...manifest.descriptor, bytes: manifest.bytes }),
      config: blobOf({ ...config.descriptor, bytes: config.bytes }),
      configJson: config.json,
      layers: stored,
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** A layer of an OCI image, there with its size. @throws FairleadError `CONVERSION_FAILED`, `CORRUPT_IMAGE` */
export async function ociLayer(store: BlobStore, layer: Descriptor | undefined, diffId: Digest): Promise<StoredLayer> {
  const compression = layer && layerCompression(layer.mediaType);
  if (layer === undefined || compression === undefined) throw unknownLayer(store.path, layer?.mediaType ?? '');
  await checkBlob(store, layer);
  return { ...layer, compression, diffId, stream: () => store.stream(layer.digest) };
}

function unknownLayer(path: string, type: string): FairleadError {
  return new FairleadError({
    code: 'CONVERSION_FAILED',
    message: `${quote(path)} has a layer of type ${JSON.stringify(type.slice(0, 200))}, which engines cannot unpack`,
    hint: 'Build or copy the image with layers of tar, tar+gzip or tar+zstd.',
    details: { path, where: 'layer', mediaType: type },
  });
}

async function openDocker(archive: TarArchive, member: string | undefined): Promise<StoredImage> {
  const { config, layers, diffIds } = await readDockerArchive(archive, member);
  const stored = diffIds.map((diffId, at) => dockerLayer(archive, layers[at] ?? '', diffId));
  return {
    path: archive.path,
    identity: config.digest,
    manifest: undefined,
    config: blobOf({ mediaType: mediaType.config, digest: config.digest, bytes: config.bytes }),
    configJson: config.json,
    layers: stored,
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  };
}

/** A docker-archive tells of its layers only the digests of their expanded tars; some builders compress them. */
function dockerLayer(archive: TarArchive, name: string, diffId: Digest): StoredLayer {
  const compression = sniffCompression(archive.head(name));
  return {
    compression,
    mediaType: mediaType.layer,
    digest: compression === 'none' ? diffId : undefined,
    size: archive.sizeOf(name) ?? 0,
    diffId,
    stream: () => archive.stream(name),
  };
}
