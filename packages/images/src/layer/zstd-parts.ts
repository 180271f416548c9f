import { constants, zstdCompress } from 'node:zlib';
import { inOrder, type Job } from './in-order.ts';
import type { LayerPart } from './layer-part.ts';
import type { SquashfsLayer } from './squashfs-layer.ts';

/** Level of zstd: above it, time grows much faster than what it saves. */
export const zstdLevel = 3;

/** Of one frame. Frames of a fixed size do not depend on how their content came, and several are made at a time. */
const frameBytes = 2_097_152;
const framesAtOnce = 4;

/** A layer as frames of zstd, one after the other: every reader of zstd takes them for one stream (RFC 8878, 3). */
export async function* zstdParts(layer: SquashfsLayer): AsyncGenerator<LayerPart, void, void> {
  yield* inOrder(frames(layer), framesAtOnce);
}

async function* frames(layer: SquashfsLayer): AsyncGenerator<Job<LayerPart>, void, void> {
  let frame = Buffer.allocUnsafeSlow(frameBytes);
  let filled = 0;
  for await (const chunk of layer.stream()) {
    for (let at = 0; at < chunk.length;) {
      const length = Math.min(chunk.length - at, frameBytes - filled);
      frame.set(chunk.subarray(at, at + length), filled);
      at += length;
      filled += length;
      if (filled < frameBytes) continue;
      yield compress(frame);
      frame = Buffer.allocUnsafeSlow(frameBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield compress(frame.subarray(0, filled));
}

function compress(tar: Buffer): Job<LayerPart> {
  const params = { [constants.ZSTD_c_compressionLevel]: zstdLevel, [constants.ZSTD_c_checksumFlag]: 1 };
  return () =>
    new Promise((resolve, reject) => {
      zstdCompress(tar, { params, pledgedSrcSize: tar.length }, (error, bytes) =>
        error === null ? resolve({ tar, packed: [bytes] }) : reject(error),
      );
    });
}
