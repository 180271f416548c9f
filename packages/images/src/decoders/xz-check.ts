import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What stands behind the content of an xz stream, so that damage is seen. */
export interface XzCheck {
  readonly bytes: number;
  /** What it has to be for this content. */
  of(content: Uint8Array): Uint8Array;
}

/** The check of that number; undefined for those that nobody has defined. Source: tukaani.org, xz-file-format.txt, 2.1.1.2 */
export function xzCheck(id: number): XzCheck | undefined {
  return checks[id];
}

const checks: Readonly<Record<number, XzCheck>> = {
  0: { bytes: 0, of: () => new Uint8Array() },
  // The only one that mksquashfs writes.
  1: { bytes: 4, of: crc32Bytes },
  4: { bytes: 8, of: crc64Bytes },
  10: { bytes: 32, of: (content) => createHash('sha256').update(content).digest() },
};

function crc32Bytes(content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc32(content));
  return bytes;
}

/** CRC-64 of ECMA-182, in halves of 32 bits: numbers have no 64. */
function crc64Bytes(content: Uint8Array): Uint8Array {
  const { high, low } = crc64Table();
  let [top, bottom] = [0xffff_ffff, 0xffff_ffff];
  for (const byte of content) {
    const index = (bottom ^ byte) & 0xff;
    bottom = ((bottom >>> 8) | (top << 24)) ^ (low[index] ?? 0);
    top = (top >>> 8) ^ (high[index] ?? 0);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(~bottom >>> 0, 0);
  bytes.writeUInt32LE(~top >>> 0, 4);
  return bytes;
}

function crc64Table(): { readonly high: Uint32Array; readonly low: Uint32Array } {
  const [high, low] = [new Uint32Array(256), new Uint32Array(256)];
  for (let byte = 0; byte < 256; byte += 1) {
    let [top, bottom] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const odd = bottom & 1;
      bottom = (bottom >>> 1) | (top << 31);
      top >>>= 1;
      if (odd === 0) continue;
      bottom ^= 0xd787_0f42;
      top ^= 0xc96c_5795;
    }
    high[byte] = top;
    low[byte] = bottom;
  }
  return { high, low };
}
