import { createHash } from 'node:crypto';
import type { Source } from '../source.ts';
import type { Sif } from './open-sif.ts';
import { descriptorBytes, sifMagicOffset } from './sif-header.ts';
import type { SifObject } from './sif-object.ts';

/** Digests of the parts of a SIF, in hex, over exactly the bytes that signatures cover. Source: apptainer/sif, pkg/sif. */
export interface SifDigests {
  /** Launch line, magic, version and UUID; not the architecture, times and offsets. */
  header(algorithm: string): Promise<string>;
  /** A descriptor without its place in the file and its group; its id counts from the smallest of the group. */
  descriptor(object: SifObject, relativeId: number, algorithm: string): Promise<string>;
  /** The content, read once for each algorithm. */
  content(object: SifObject, algorithm: string): Promise<string>;
}

/** Digests of an open SIF, computed when they are asked for. */
export function sifDigests(source: Source, { header }: Sif): SifDigests {
  const contents = new Map<string, Promise<string>>();
  return {
    async header(algorithm) {
      const bytes = await source.read({ offset: 0, length: 64 });
      return hashed(algorithm, [bytes.subarray(0, sifMagicOffset + 13), bytes.subarray(48)]);
    },
    async descriptor({ index }, relativeId, algorithm) {
      const offset = header.descriptors.offset + index * descriptorBytes;
      return hashed(
        algorithm,
        signedFields(Buffer.from(await source.read({ offset, length: descriptorBytes })), relativeId),
      );
    },
    content({ index, offset, size }, algorithm) {
      const key = `${index} ${algorithm}`;
      const known = contents.get(key) ?? streamed(source, { offset, length: size }, algorithm);
      contents.set(key, known);
      return known;
    },
  };
}

function signedFields(bytes: Buffer, relativeId: number): readonly Uint8Array[] {
  // Any mark but 0 means used, and is signed as 1.
  const used = Buffer.from([1]);
  const id = Buffer.alloc(4);
  id.writeUInt32LE(relativeId);
  const range = (from: number, length: number): Buffer => bytes.subarray(from, from + length);
  const [type, link, size, created] = [range(0, 4), range(13, 4), range(25, 8), range(41, 8)];
  return [type, used, id, link, size, created, range(57, 16), range(73, 128), range(201, 384)];
}

function hashed(algorithm: string, parts: readonly Uint8Array[]): string {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

async function streamed(
  source: Source,
  range: { readonly offset: number; readonly length: number },
  algorithm: string,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of source.stream(range)) hash.update(chunk);
  return hash.digest('hex');
}
