import type { ImageConfig } from '@fairlead/core';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { sha256 } from '../oci/digest.ts';
import { hostArchitecture } from '../oci/platform.ts';
import { mediaType, type Compression } from '../oci/media-type.ts';
import { blobOf, type OutgoingBlob, type PackedImage } from '../oci/packed-image.ts';
import type { NewTarEntry } from '../tar/tar-entry.ts';
import { tarOf } from '../tar/write-tar.ts';

/** What an image is made of. */
export interface NewImage {
  /** Members of each layer, from the lowest to the highest. */
  readonly layers: readonly Iterable<NewTarEntry>[];
  /** Default: nothing but the architecture, which is this machine's. */
  readonly config?: Omit<ImageConfig, 'hasRunscript'>;
  /** Default 1970-01-01, so that equal content gives equal digests. */
  readonly createdAt?: Date;
  /** Default `none`: the one form that every engine takes cheaply. */
  readonly compression?: Compression;
}

/**
 * An image made of tar members, held in memory: meant for small images, such as tests need.
 * The same input gives the same bytes and digests.
 * @throws FairleadError `INVALID_SPEC` for a name of a member that leaves the root
 */
export function buildImage(input: NewImage): PackedImage {
  const compression = input.compression ?? 'none';
  const tars = input.layers.map((entries) => tarOf(entries));
  const diffIds = tars.map((tar) => sha256(tar).text);
  const config = jsonBlob(mediaType.config, configOf(input, diffIds));
  const layers = tars.map((tar) => layerBlob(tar, compression));
  const manifest = jsonBlob(mediaType.manifest, manifestOf(mediaType.manifest, { config, layers }));
  return { manifest, config, layers };
}

/** The manifest of these blobs as plain data. */
export function manifestOf(
  type: string,
  { config, layers }: Pick<PackedImage, 'config' | 'layers'>,
): Readonly<Record<string, unknown>> {
  return {
    schemaVersion: 2,
    mediaType: type,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  };
}

/** A blob of plain data; keys in the order given. */
export function jsonBlob(type: string, data: unknown): OutgoingBlob {
  const bytes = new TextEncoder().encode(JSON.stringify(data));
  return blobOf({ mediaType: type, digest: sha256(bytes), bytes });
}

/** What refers to a blob. */
export function descriptorOf(blob: Pick<OutgoingBlob, 'mediaType' | 'digest' | 'size'>): {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
} {
  return { mediaType: blob.mediaType, digest: blob.digest.text, size: blob.size };
}

function layerBlob(tar: Uint8Array, compression: Compression): OutgoingBlob {
  const bytes = compression === 'none' ? tar : compression === 'gzip' ? gzipSync(tar) : zstdCompressSync(tar);
  const suffix = compression === 'none' ? '' : `+${compression}`;
  return blobOf({ mediaType: `${mediaType.layer}${suffix}`, digest: sha256(bytes), bytes });
}

function configOf(input: NewImage, diffIds: readonly string[]): Readonly<Record<string, unknown>> {
  const created = (input.createdAt ?? new Date(0)).toISOString();
  const config = input.config ?? {};
  const said = {
    User: config.user,
    Env: config.env && Object.entries(config.env).map(([key, value]) => `${key}=${value}`),
    Entrypoint: config.entrypoint,
    Cmd: config.command,
    Volumes: config.volumes && Object.fromEntries(config.volumes.map((path) => [path, {}])),
    WorkingDir: config.workdir,
    Labels: config.labels,
    StopSignal: config.stopSignal,
  };
  return {
    created,
    architecture: config.architecture ?? hostArchitecture(),
    os: 'linux',
    config: said,
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map(() => ({ created, created_by: 'fairlead' })),
  };
}
