import type { Compression } from '../oci/media-type.ts';
import { gzipLevel } from './gzip-parts.ts';
import { zstdLevel } from './zstd-parts.ts';

/**
 * What decides the bytes of a compressed layer beside its content: equal keys give equal bytes, so a cache of compressed
 * layers goes by diffID and this. `none` is the same everywhere. The architecture counts because zlib compresses with
 * other instructions, and finds other matches, on other machines.
 */
export function compressionKey(compression: Compression): string {
  if (compression === 'none') return 'none';
  const { zlib, zstd = 'unknown' } = process.versions;
  if (compression === 'zstd') return `zstd-${zstdLevel} ${zstd}`;
  return `gzip-${gzipLevel} ${zlib} ${process.arch}`;
}
