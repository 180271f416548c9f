import type { Digest } from '../oci/digest.ts';
import type { Compression } from '../oci/media-type.ts';
import { gzipLevel } from './gzip-parts.ts';
import { zstdLevel } from './zstd-parts.ts';

/**
 * What decides the bytes of a compressed layer beside its content: layers of one diffID with equal keys are equal, so a
 * cache of compressed layers goes by diffID and this. `none` is the same everywhere. gzip takes over blocks that its
 * source has compressed already, so what it was made of counts; the architecture does because zlib compresses with
 * other instructions, and finds other matches, on other machines.
 * @param source digest of what the layer was made of: `source` of what `writeSifImage` has written
 */
export function compressionKey(compression: Compression, source: Pick<Digest, 'text'>): string {
  if (compression === 'none') return 'none';
  const { zlib, zstd = 'unknown' } = process.versions;
  if (compression === 'zstd') return `zstd-${zstdLevel} ${zstd}`;
  return `gzip-${gzipLevel} ${zlib} ${process.arch} ${source.text}`;
}
