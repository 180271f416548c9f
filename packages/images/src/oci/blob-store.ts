import { corrupt, invalidImage } from '../failure.ts';
import { limits } from '../limits.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { verify } from './verify.ts';

/** Where blobs are kept under their digests: a layout's folder, an archive, a SIF. */
export interface BlobStore extends AsyncDisposable {
  /** Path of the image. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** What lists the images: `index.json`, or what stands in its place. */
  readIndex(): Promise<Uint8Array>;
  /** Size of a blob, or undefined if there is none of that digest. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** The bytes of a blob that `sizeOf` knows, not yet verified. */
  stream(digest: Digest): AsyncGenerator<Uint8Array, void, void>;
}

/** A small blob, verified. @throws FairleadError `CORRUPT_IMAGE` if it is missing, too large, or not what its digest says */
export async function readBlob(store: BlobStore, descriptor: Descriptor): Promise<Uint8Array> {
  if (descriptor.size > limits.jsonBytes) {
    const why = `it has ${descriptor.size} bytes; a description has at most ${limits.jsonBytes}`;
    throw corrupt({ path: store.path, where: `blob ${descriptor.digest.text}`, why });
  }
  const bytes = new Uint8Array(descriptor.size);
  let have = 0;
  for await (const chunk of verified(store, descriptor)) {
    bytes.set(chunk, have);
    have += chunk.length;
  }
  return bytes;
}

/** Says at once whether a blob is there with the size it should have. @throws FairleadError `CORRUPT_IMAGE` */
export async function checkBlob(store: BlobStore, { digest, size }: Descriptor): Promise<void> {
  const found = await store.sizeOf(digest);
  if (found === size) return;
  const why = found === undefined ? 'it is missing' : `it has ${found} bytes instead of ${size}`;
  throw corrupt({ path: store.path, where: `blob ${digest.text}`, why });
}

/** A blob's bytes, verified on the way. @throws FairleadError `CORRUPT_IMAGE` */
async function* verified(store: BlobStore, descriptor: Descriptor): AsyncGenerator<Uint8Array, void, void> {
  await checkBlob(store, descriptor);
  const { digest, size } = descriptor;
  yield* verify(store.stream(digest), { digest, size, path: store.path, where: `blob ${digest.text}` });
}

/** The error of something that is no image that engines run, though it is kept like one. */
export function artifactError(path: string, type: string): Error {
  const kind = type === '' ? 'an unknown type' : `type ${JSON.stringify(type.slice(0, 100))}`;
  return invalidImage(path, `holds an artifact of ${kind}, not a container image`);
}
