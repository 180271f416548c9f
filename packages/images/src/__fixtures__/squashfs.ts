import { gunzipSync } from 'node:zlib';
import { openSource, type Source } from '../source.ts';
import { openSquashfs, type Squashfs } from '../squashfs/squashfs.ts';
import { gzipped, packed, stacked } from './packed.ts';

/** The small tree as one of the compressors packed it. */
export function packedImage(name: keyof typeof packed): Buffer {
  const image = Buffer.alloc(16_384);
  Buffer.from(packed[name], 'base64').copy(image);
  return image;
}

/** An image whose bytes are needed as they are. */
export function gzippedImage(name: keyof typeof gzipped): Buffer {
  return gunzipSync(Buffer.from(gzipped[name], 'base64'));
}

/** One of the two file systems that an overlay stacks. */
export function stackedImage(name: keyof typeof stacked): Buffer {
  return gunzipSync(Buffer.from(stacked[name], 'base64'));
}

/** Opens an image in memory. */
export async function openImage(bytes: Uint8Array, signal: AbortSignal = new AbortController().signal): Promise<Squashfs> {
  return openSquashfs(await openSource(new Blob([Buffer.from(bytes)]), { signal, path: 'image' }), 0);
}

/** An image in memory that counts the bytes that are read of it. */
export async function countedSource(bytes: Uint8Array): Promise<{ readonly source: Source; readonly reads: { bytes: number } }> {
  const { signal } = new AbortController();
  const { readInto: _, threads: __, ...source } = await openSource(new Blob([Buffer.from(bytes)]), { signal, path: 'image' });
  const reads = { bytes: 0 };
  const read: Source['read'] = async (range) => {
    reads.bytes += range.length;
    return source.read(range);
  };
  return { source: { ...source, read }, reads };
}
