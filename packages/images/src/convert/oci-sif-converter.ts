import {
  FairleadError,
  type ConvertCall,
  type ConvertedImage,
  type ConverterRecords,
  type FileImageRef,
  type ImageConverter,
} from '@fairlead/core';
import { deadline } from '../deadline.ts';
import { packLayer, type PackedLayer } from '../layer/pack-layer.ts';
import { parseDigest } from '../oci/digest.ts';
import { hostArchitecture } from '../oci/platform.ts';
import { openSource } from '../source.ts';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.ts';
import { configOf } from './describe-oci-sif.ts';
import { layerTotals, storedUsage, type LayerTotals } from './layer-totals.ts';
import { loadableLayer } from './loadable-layer.ts';
import { readOciSifImage, type OciSifImage, type OciSifLayer } from './oci-sif-image.ts';
import type { SifOptions } from './sif-image.ts';

/** Turns an image of an OCI-SIF into the archive that engines load; nothing is written to disk. */
export const ociSifConverter: ImageConverter = createOciSifConverter();

/** The converter with other limits, or for images of another architecture (GOARCH word) than this machine's. */
export function createOciSifConverter(options: Omit<SifOptions, 'mode'> = {}): ImageConverter {
  const architecture = options.architecture ?? hostArchitecture();
  return {
    from: ['oci-sif'],
    to: 'docker-archive',
    verifies: options.verify !== undefined,
    open: (image, call) => openConverted(image, call, { ...options, architecture }),
  };
}

async function openConverted(
  { format, path, member }: FileImageRef,
  call: ConvertCall,
  options: Omit<SifOptions, 'mode'> & { readonly architecture: string },
): Promise<ConvertedImage> {
  if (format !== 'oci-sif') {
    const message = `no image of format ${format} can be converted here`;
    throw new FairleadError({ code: 'CONVERSION_FAILED', message });
  }
  const limit = deadline(call, 'convert');
  try {
    const source = await openSource(path, { signal: limit.signal });
    try {
      const image = await readOciSifImage(source, { ...options, member });
      limit.stopClock();
      const name = `localhost/fairlead/oci-sif:${image.identity.hex.slice(0, 40)}`;
      return {
        name,
        labels: {},
        ids: await knownIds(image, call.records),
        stream: () => ociSifArchive(image, name, call),
        async [Symbol.asyncDispose]() {
          limit[Symbol.dispose]();
          await source[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      await source[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    limit[Symbol.dispose]();
    throw error;
  }
}

/**
 * The configuration keeps every byte but the digests of its layers, so no label tells the image; its own digest does,
 * once it was converted here. Until then no image of that name is trusted.
 */
async function knownIds(image: OciSifImage, records: ConverterRecords | undefined): Promise<readonly string[]> {
  const record = await records?.read(recordOf(image));
  if (typeof record !== 'object' || record === null || !('config' in record)) return [];
  const digest = parseDigest(record.config);
  return digest === undefined ? [] : [digest.text];
}

function recordOf({ identity }: OciSifImage): string {
  return `config-${identity.hex}`;
}

/** A docker-archive whose layers come first: only their ends tell their digests, which the configuration needs. */
export async function* ociSifArchive(
  image: OciSifImage,
  name: string,
  { onProgress, records }: ConvertCall,
): AsyncGenerator<Uint8Array, void, void> {
  const totalBytes = image.layers.reduce((sum, { layer }) => sum + layer.size, 0);
  let before = 0;
  const packed: Pick<PackedLayer, 'diffId'>[] = [];
  const totals = layerTotals(image.source.path, image.policy);
  for (const [at, layer] of image.layers.entries()) {
    const start = before;
    const onBytes = (bytes: number): void => onProgress?.({ phase: 'converting', bytes: start + bytes, totalBytes });
    packed.push(yield* layerMember(image, { layer, name: `layer-${at}.tar`, totals, onBytes }));
    before += layer.layer.size;
  }
  await image.source.checkUnchanged();
  const { digest, stream } = configOf(image, packed);
  await records?.write(recordOf(image), { v: 1, config: digest.text });
  for await (const bytes of stream()) yield* file(`${digest.hex}.json`, bytes);
  const layers = packed.map((_, at) => `layer-${at}.tar`);
  const manifest = [{ Config: `${digest.hex}.json`, RepoTags: [name], Layers: layers }];
  yield* file('manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));
  yield tarEnd();
}

interface OutgoingMember {
  readonly layer: OciSifLayer;
  readonly name: string;
  readonly totals: LayerTotals;
  readonly onBytes: (bytes: number) => void;
}

async function* layerMember(
  { source, policy }: OciSifImage,
  { layer: { stored, kind, layer }, name, totals, onBytes }: OutgoingMember,
): AsyncGenerator<Uint8Array, Pick<PackedLayer, 'diffId'>, void> {
  if (kind === 'squashfs') {
    totals.add(stored.digest, layer);
    yield tarHeader({ name, type: 'file', size: layer.size });
    const packed = yield* packLayer(layer, { compression: 'none', onBytes });
    yield tarPadding(layer.size);
    return packed;
  }
  const { size, stream } = await loadableLayer(layer, source.path, policy);
  totals.add(stored.digest, { ...storedUsage(layer.size), size });
  yield tarHeader({ name, type: 'file', size });
  yield* stream();
  onBytes(layer.size);
  yield tarPadding(size);
  return layer;
}

function* file(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield tarHeader({ name, type: 'file', size: bytes.length });
  yield bytes;
  yield tarPadding(bytes.length);
}
