import { asList, asObject, isObject, parseObject, type JsonObject } from '../json.ts';
import type { PackedLayer } from '../layer/pack-layer.ts';
import { limits } from '../limits.ts';
import { sha256 } from '../oci/digest.ts';
import { layerCompression, mediaType } from '../oci/media-type.ts';
import { blobOf, type OutgoingBlob } from '../oci/packed-image.ts';
import { descriptorOf, jsonBlob } from '../writer/build-image.ts';
import type { StreamedDescription } from '../writer/write-streamed-image.ts';
import { evidenceAnnotation } from './evidence-annotation.ts';
import type { OciSifImage } from './oci-sif-image.ts';

/**
 * Config and manifest of an OCI-SIF's image with these layers: byte for byte its own where every layer is what it was;
 * else its own with new diff_ids and layers, and the annotation that tells its evidence. A manifest of Docker's becomes one of OCI then, for Docker's has no such layers.
 */
export function describeOciSif(image: OciSifImage, packed: readonly PackedLayer[]): StreamedDescription {
  const { description, layers } = image;
  const { config, manifest } = description;
  const unchanged =
    packed.length === description.layers.length &&
    packed.every(({ digest }, at) => digest.text === layers[at]?.stored.digest.text);
  const own = (of: typeof config | typeof manifest): OutgoingBlob => blobOf({ ...of.descriptor, bytes: of.bytes });
  if (unchanged) return { config: own(config), manifest: own(manifest) };
  const configuration = configOf(image, packed);
  const described = packed.map((layer, at) => ({
    ...descriptorJson(image, at),
    ...descriptorOf({ ...layer, mediaType: ociType(layer.mediaType) }),
  }));
  const json = {
    ...image.manifest,
    mediaType: mediaType.manifest,
    config: { ...asJson(image.manifest['config']), ...descriptorOf(configuration) },
    layers: described,
    annotations: { ...asJson(image.manifest['annotations']), [evidenceAnnotation]: 'A' },
  };
  return { config: configuration, manifest: jsonBlob(mediaType.manifest, json) };
}

/** The same config with other diff_ids: in its own bytes where nothing else changes by that. */
export function configOf(
  { description, source, layers }: OciSifImage,
  packed: readonly Pick<PackedLayer, 'diffId'>[],
): OutgoingBlob {
  const { config, diffIds } = description;
  const place = { path: source.path, where: 'its config' };
  const diff_ids = packed.map(({ diffId }) => diffId.text);
  const rootfs = { ...asObject(config.json['rootfs'], place, 'rootfs'), diff_ids };
  const kept = layers.length === diffIds.length;
  const wanted = { ...config.json, rootfs, ...(kept ? {} : withoutLast(config.json, diffIds.length)) };
  const replaced = new Map(diffIds.map((old, at) => [old.text, diff_ids[at]]));
  // In one pass, however many layers there are: the config may have megabytes.
  const patched = Buffer.from(config.bytes)
    .toString('utf8')
    .replaceAll(anyDigest, (text) => replaced.get(text) ?? text);
  const bytes = Buffer.from(patched);
  const same = kept && JSON.stringify(parseObject(bytes, place)) === JSON.stringify(wanted);
  if (same) return blobOf({ mediaType: mediaType.config, digest: sha256(bytes), bytes });
  return jsonBlob(mediaType.config, wanted);
}

const anyDigest = /sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})/g;

/** A history without the entry of the layer above all others, which was left out; if it has one entry for each layer. */
function withoutLast(config: JsonObject, layers: number): { readonly history?: readonly unknown[] } {
  const history: unknown = config['history'];
  if (!Array.isArray(history)) return {};
  const entries: readonly unknown[] = history;
  const filled = entries.filter((entry) => isObject(entry) && entry['empty_layer'] !== true);
  return filled.length === layers ? { history: entries.filter((entry) => entry !== filled.at(-1)) } : {};
}

/** What the manifest says of that layer, annotations too. */
function descriptorJson({ manifest, description, layers, source }: OciSifImage, at: number): JsonObject {
  const place = { path: source.path, where: 'its manifest' };
  const stored = asList(manifest['layers'], place, { field: 'layers', max: limits.layers });
  const layer = layers[at]?.stored;
  return asJson(stored[description.layers.findIndex((descriptor) => descriptor === layer)]);
}

function asJson(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The type that OCI has for a layer of Docker's. */
function ociType(type: string): string {
  const compression = layerCompression(type);
  if (compression === undefined || !type.startsWith('application/vnd.docker.')) return type;
  return compression === 'none' ? mediaType.layer : `${mediaType.layer}+${compression}`;
}
