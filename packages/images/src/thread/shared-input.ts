import { fstatSync, readSync } from 'node:fs';

/** Bytes that every thread of this process can read: an open file, or a Blob. */
export type SharedInput = { readonly fd: number } | { readonly blob: Blob };

/** Reads some bytes at a place; 0 at the end. */
export type Fill = (position: number, bytes: Uint8Array) => Promise<number>;

/** What reading an input directly takes. */
export interface OpenInput {
  readonly size: number;
  readonly fill: Fill;
}

/** An input as a thread of its own reads it: a file at once, because there nobody waits for the event loop. */
export function openShared(input: SharedInput): OpenInput {
  if ('blob' in input) return { size: input.blob.size, fill: blobFill(input.blob) };
  const { fd } = input;
  return { size: fstatSync(fd).size, fill: async (position, bytes) => readSync(fd, bytes, 0, bytes.length, position) };
}

/** How the bytes of a Blob are read. */
export function blobFill(blob: Blob): Fill {
  return async (position, bytes) => {
    const part = await blob.slice(position, position + bytes.length).arrayBuffer();
    bytes.set(new Uint8Array(part));
    return part.byteLength;
  };
}
