import { corrupt, invalidImage } from '../failure.ts';
import { asList, asObject, asText, parseObject, type JsonObject, type JsonPlace } from '../json.ts';
import { limits } from '../limits.ts';
import { artifactError, readBlob, type BlobStore } from './blob-store.ts';
import { parseDescriptor, type Descriptor } from './descriptor.ts';
import { parseDigest, type Digest } from './digest.ts';
import { mediaType } from './media-type.ts';

/** An image's description, read and verified; its layers have not been looked at. */
export interface ImageDescription {
  readonly manifest: { readonly descriptor: Descriptor; readonly bytes: Uint8Array };
  readonly config: { readonly descriptor: Descriptor; readonly bytes: Uint8Array; readonly json: JsonObject };
  readonly layers: readonly Descriptor[];
  /** Digests of the layers' expanded tars, one for each layer. */
  readonly diffIds: readonly Digest[];
}

/**
 * Reads a manifest and its config. Source: OCI image specification, manifest.md and config.md.
 * @throws FairleadError `CORRUPT_IMAGE`; `INVALID_IMAGE` for an artifact that is no container image
 */
export async function readImage(store: BlobStore, descriptor: Descriptor): Promise<ImageDescription> {
  const bytes = await readBlob(store, descriptor);
  const place = { path: store.path, where: `manifest ${descriptor.digest.text}` };
  const manifest = parseObject(bytes, place);
  if (manifest['schemaVersion'] === 1) {
    throw invalidImage(store.path, 'has a manifest of schema 1, which is too old', 'Build the image again.');
  }
  const type = asText(manifest['mediaType'], place, 'mediaType') ?? descriptor.mediaType;
  if (type !== '' && type !== mediaType.manifest && type !== mediaType.dockerManifest) {
    throw artifactError(store.path, type);
  }
  const config = parseDescriptor(manifest['config'], place);
  if (config.mediaType !== mediaType.config && config.mediaType !== mediaType.dockerConfig) {
    throw artifactError(store.path, asText(manifest['artifactType'], place, 'artifactType') ?? config.mediaType);
  }
  const layers = asList(manifest['layers'], place, { field: 'layers', max: limits.layers });
  const configBytes = await readBlob(store, config);
  const json = parseObject(configBytes, { path: store.path, where: `config ${config.digest.text}` });
  return {
    manifest: { descriptor: { ...descriptor, mediaType: type === '' ? mediaType.manifest : type }, bytes },
    config: { descriptor: config, bytes: configBytes, json },
    layers: layers.map((layer) => parseDescriptor(layer, place)),
    diffIds: parseDiffIds(json, { path: store.path, where: 'its config' }, layers.length),
  };
}

/** The digests of the expanded layers in a config. @throws FairleadError `CORRUPT_IMAGE` unless there is one for each layer */
export function parseDiffIds(config: JsonObject, place: JsonPlace, layers: number): readonly Digest[] {
  const rootfs = asObject(config['rootfs'], place, 'rootfs');
  const found = asList(rootfs['diff_ids'], place, { field: 'diff_ids', max: limits.layers }).map(parseDigest);
  const digests = found.filter((digest) => digest !== undefined);
  if (digests.length !== found.length) throw corrupt({ ...place, why: 'a diff_id that is no digest' });
  if (digests.length === layers) return digests;
  throw corrupt({ ...place, why: `${digests.length} diff_ids for ${layers} layers` });
}
