import { createHash } from 'node:crypto';
import { sha256Hex, type Digest } from '../oci/digest.ts';
import { hashed } from '../oci/hashed.ts';
import { mediaType, type Compression } from '../oci/media-type.ts';
import { gzipParts } from './gzip-parts.ts';
import type { ChunkOptions, SquashfsLayer } from './squashfs-layer.ts';
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
export interface PackOptions extends ChunkOptions {
  readonly compression: Compression;
  /** Told how many bytes of the tar have gone out. */
  readonly onBytes: (bytes: number) => void;
}

/** Packs a layer in one pass; it is the same tar, with the same diffID, in each compression. */
export async function* packLayer(layer: SquashfsLayer, { compression, onBytes, lent }: PackOptions): LayerStream {
  if (compression === 'none') return yield* plainLayer(layer, { onBytes, lent });
  const [tarHash, packedHash] = [createHash('sha256'), createHash('sha256')];
  let [tarBytes, size] = [0, 0];
  for await (const { tar, packed } of compression === 'gzip' ? gzipParts(layer) : zstdParts(layer)) {
    tarHash.update(tar);
    tarBytes += tar.length;
    onBytes(tarBytes);
    for (const bytes of packed) {
      packedHash.update(bytes);
      size += bytes.length;
      yield bytes;
    }
  }
  const [digest, diffId] = [sha256Hex(packedHash.digest('hex')), sha256Hex(tarHash.digest('hex'))];
  return { mediaType: `${mediaType.layer}+${compression}`, digest, size, diffId };
}

async function* plainLayer(layer: SquashfsLayer, { onBytes, lent }: Omit<PackOptions, 'compression'>): LayerStream {
  const chunks = layer.hashed?.({ lent }) ?? hashed(layer.stream({ lent }));
  try {
    let size = 0;
    for (let next = await chunks.next(); ; next = await chunks.next()) {
      if (next.done === true) return { mediaType: mediaType.layer, digest: next.value, size, diffId: next.value };
      size += next.value.length;
      onBytes(size);
      yield next.value;
    }
  } finally {
    // Left early, the thread that makes them ends at once. Nobody looks at what `return` is given.
    await chunks.return(undefined as never);
  }
}
