import { gzipSync, zstdCompressSync } from 'node:zlib';
import { mediaType } from '../../src/oci/media-type.ts';
import { archiveMembers, madeLayout, plainLayer, type MadeLayer } from '../made/made-layout.ts';
import { madeTar } from '../made/made-tar.ts';
import type { HostileCase, HostileClass } from './hostile-case.ts';
import { layoutCase, type LayoutRefusal } from './layout-cases.ts';

const plain = plainLayer();

/** An archive packed as a whole. */
function packed(name: string, refusal: LayoutRefusal, pack: (bytes: Buffer) => Uint8Array): HostileCase {
  const make = (): Uint8Array => pack(madeTar(archiveMembers(madeLayout())));
  return { code: 'CORRUPT_IMAGE', known: 'metadata', ...refusal, name, format: 'oci-archive', make };
}

/** A layout whose layer is stored like that. */
function layer(name: string, refusal: LayoutRefusal, stored: Pick<MadeLayer, 'stored' | 'mediaType'>): HostileCase {
  return layoutCase(name, { known: 'content', ...refusal }, () => madeLayout({ layers: [{ ...plain, ...stored }] }));
}

const zstd = `${mediaType.layer}+zstd`;
const expanded = /^(?:after|compressed|the layer)/;
/** A file of 304 MiB of zeros in 300 KB, member after member of gzip. */
function gzipBomb(): Uint8Array {
  const head = gzipSync(madeTar([{ name: 'zeros', size: 304 * 1_048_576 }], { end: false }));
  const zeros = gzipSync(Buffer.alloc(16 * 1_048_576), { level: 9 });
  return Buffer.concat([head, ...Array.from({ length: 19 }, () => zeros)]);
}

const compressed: HostileClass = {
  name: 'Compressed archives and layers',
  cases: [
    packed('gzip that is cut off', { how: 'without its last 20 bytes', where: expanded }, (bytes) =>
      gzipSync(bytes).subarray(0, -20),
    ),
    packed('gzip with a wrong sum', { how: 'the last byte but eight changed', where: expanded }, (bytes) =>
      wrongEnd(gzipSync(bytes), 8),
    ),
    packed('gzip with garbage in the middle', { how: '40 bytes overwritten', where: /^(?:after|byte)/ }, (bytes) =>
      gzipSync(bytes).fill(0x5a, 100, 140),
    ),
    packed('gzip in gzip', { how: 'packed twice', code: 'INVALID_IMAGE', where: /is no tar archive/ }, (bytes) =>
      gzipSync(gzipSync(bytes)),
    ),
    packed('zstd that is cut off', { how: 'without its last 20 bytes', where: expanded }, (bytes) =>
      zstdCompressSync(bytes).subarray(0, -20),
    ),
    packed('a bomb of gzip', { how: '304 MiB of zeros in 300 KB', code: 'POLICY_DENIED', where: expanded }, gzipBomb),
    layer(
      'a layer that is a bomb of zstd',
      { how: '300 MiB of zeros in 10 KB', code: 'POLICY_DENIED', where: expanded },
      { mediaType: zstd, stored: zstdCompressSync(Buffer.alloc(300 * 1_048_576)) },
    ),
    layer(
      'a layer that expands to something else',
      { how: 'zstd of other bytes', where: /^layer/ },
      { mediaType: zstd, stored: zstdCompressSync(Buffer.from('something else')) },
    ),
    layer(
      'a layer with garbage behind it',
      { how: '"garbage" appended to zstd', where: expanded },
      { mediaType: zstd, stored: Buffer.concat([zstdCompressSync(plain.tar), Buffer.from('garbage')]) },
    ),
    layer(
      'a layer that is no zstd',
      { how: 'mediaType = …+zstd', where: expanded },
      { mediaType: zstd, stored: plain.tar },
    ),
  ],
};

function wrongEnd(bytes: Buffer, back: number): Buffer {
  const at = bytes.length - back;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

function text(name: string, how: string, content: string): HostileCase {
  return {
    name,
    how,
    format: 'unknown',
    code: 'INVALID_IMAGE',
    where: /is /,
    known: 'metadata',
    make: () => Buffer.from(content),
  };
}

const texts: HostileClass = {
  name: 'Files that are no images',
  cases: [
    text('10 000 empty lines', 'exponential time for a pattern that skips them', `${'\n'.repeat(10_000)}x`),
    text('10 000 comments', 'the same', `${'#\n'.repeat(10_000)}x`),
    text('10 000 arguments', 'the same', `${'ARG A\n \n'.repeat(10_000)}x`),
    text('60 000 blanks', 'the same', `${' '.repeat(60_000)}x`),
  ],
};

/** What is compressed, and what is no image at all. */
export const compressedClasses: readonly HostileClass[] = [compressed, texts];
