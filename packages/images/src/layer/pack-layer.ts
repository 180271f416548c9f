import { createHash } from 'node:crypto';
import type { Digest } from '../oci/digest.ts';
import { mediaType, type Compression } from '../oci/media-type.ts';
import { gzipParts } from './gzip-parts.ts';
import type { LayerPart } from './layer-part.ts';
import type { SquashfsLayer } from './squashfs-layer.ts';
import { zstdParts } from './zstd-parts.ts';

/** A layer that has gone out: what its manifest and config say of it. */
export interface PackedLayer {
  readonly mediaType: string;
  /** Of the bytes that went out. */
  readonly digest: Digest;
  /** How many they were. */
  readonly size: number;
  /** Of the tar. */
  readonly diffId: Digest;
}

/** The bytes of a layer on their way out; what they were is the value returned at the end. */
export type LayerStream = AsyncGenerator<Uint8Array, PackedLayer, void>;

/** How a layer is packed. */
export interface PackOptions {
  readonly compression: Compression;
  /** Told how many bytes of the tar have gone out. */
  readonly onBytes: (bytes: number) => void;
}

/** Packs a layer in one pass; it is the same tar, with the same diffID, in each compression. */
export async function* packLayer(layer: SquashfsLayer, { compression, onBytes }: PackOptions): LayerStream {
  const [tarHash, packedHash] = [createHash('sha256'), createHash('sha256')];
  let [tarBytes, size] = [0, 0];
  for await (const { tar, packed } of parts(layer, compression)) {
    tarHash.update(tar);
    tarBytes += tar.length;
    onBytes(tarBytes);
    for (const bytes of packed) {
      if (compression !== 'none') packedHash.update(bytes);
      size += bytes.length;
      yield bytes;
    }
  }
  const diffId = digestOf(tarHash.digest('hex'));
  if (compression === 'none') return { mediaType: mediaType.layer, digest: diffId, size, diffId };
  return { mediaType: `${mediaType.layer}+${compression}`, digest: digestOf(packedHash.digest('hex')), size, diffId };
}

function parts(layer: SquashfsLayer, compression: Compression): AsyncIterable<LayerPart> {
  if (compression === 'gzip') return gzipParts(layer);
  return compression === 'zstd' ? zstdParts(layer) : plainParts(layer);
}

async function* plainParts(layer: SquashfsLayer): AsyncGenerator<LayerPart, void, void> {
  for await (const tar of layer.stream()) yield { tar, packed: [tar] };
}

function digestOf(hex: string): Digest {
  return { algorithm: 'sha256', hex, text: `sha256:${hex}` };
}
