import { corrupt } from '../failure.ts';
import type { BlobStore } from '../oci/blob-store.ts';
import type { Digest } from '../oci/digest.ts';
import type { Source } from '../source.ts';
import { readSifObject, type Sif } from './open-sif.ts';
import type { SifBlob } from './sif-object.ts';

/** The object that holds a blob; undefined if there is none of that digest. */
export function findBlob({ objects }: Sif, { text }: Digest): SifBlob | undefined {
  return objects.flatMap((object) => ('digest' in object ? [object] : [])).find(({ digest }) => digest?.text === text);
}

/** The blobs of an OCI-SIF. Disposing it disposes the source. Source: github.com/sylabs/oci-tools. */
export function sifStore(source: Source, sif: Sif): BlobStore {
  const find = (digest: Digest): SifBlob | undefined => findBlob(sif, digest);
  return {
    path: source.path,
    signal: source.signal,
    async readIndex() {
      const root = sif.objects.find(({ type }) => type === 'oci-root-index');
      if (root !== undefined) return readSifObject(source, root);
      throw corrupt({ path: source.path, where: 'descriptors', why: 'no OCI root index' });
    },
    sizeOf: async (digest) => find(digest)?.size,
    async *stream(digest) {
      const blob = find(digest);
      if (blob === undefined) throw corrupt({ path: source.path, where: digest.text, why: 'it is missing' });
      yield* source.stream({ offset: blob.offset, length: blob.size });
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}
