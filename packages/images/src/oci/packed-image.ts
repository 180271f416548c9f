import type { Digest } from './digest.ts';

/** Bytes on their way out whose digest and size are known before they are read. */
export interface OutgoingBlob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  /** The bytes, from the first one each time it is called. */
  stream(): AsyncIterable<Uint8Array>;
}

/** An image ready to be written in any form: all sizes and digests are known, content is read while writing. */
export interface PackedImage {
  readonly manifest: OutgoingBlob;
  readonly config: OutgoingBlob;
  /** From the lowest to the highest; the same blob may occur twice. */
  readonly layers: readonly OutgoingBlob[];
}

/** An image and the names under which it can be asked for, for example `localhost/app:1`. */
export interface NamedImage {
  readonly image: PackedImage;
  /** Default: none. */
  readonly names?: readonly string[];
  /** What index.json says of it beside its digest, where it was listed elsewhere before. Default: nothing. */
  readonly listing?: ImageListing | undefined;
}

/** Fields of a descriptor that tell an image from others in its index, and what that says of all. */
export interface ImageListing {
  /** Annotations of the index itself. */
  readonly index?: Readonly<Record<string, string>> | undefined;
  readonly platform?: Readonly<Record<string, unknown>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A blob out of bytes in memory. */
export function blobOf(fields: {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}): OutgoingBlob {
  const { mediaType, digest, bytes } = fields;
  return {
    mediaType,
    digest,
    size: bytes.length,
    async *stream() {
      yield bytes;
    },
  };
}
