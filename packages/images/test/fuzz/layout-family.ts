import { createHash } from 'node:crypto';
import type { BlobStore } from '../../src/oci/blob-store.ts';
import { madeLayout } from '../made/made-layout.ts';
import { documentMutation, layers } from './archive-seeds.ts';
import { convertLayout } from './convert-in-memory.ts';
import { once, type FuzzCase, type FuzzFamily } from './fuzz-family.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { Random } from './random.ts';

/** The files of a layout as a store. */
function storeOf(files: ReadonlyMap<string, Uint8Array>): BlobStore {
  return {
    path: 'image',
    signal: new AbortController().signal,
    readIndex: async () => files.get('index.json') ?? new Uint8Array(),
    sizeOf: async ({ algorithm, hex }) => files.get(`blobs/${algorithm}/${hex}`)?.length,
    async *stream({ algorithm, hex }) {
      yield files.get(`blobs/${algorithm}/${hex}`) ?? new Uint8Array();
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const seed = once(() => {
  const files = madeLayout({ layers });
  return { files, clean: once(() => convertLayout(storeOf(files))) };
});

/** OCI layouts: documents with new digests, layers that do not expand as they should, files damaged, lost and swapped. */
export const layoutFamily: FuzzFamily = {
  name: 'oci-layout',
  share: 7,
  prepare(random) {
    const kind = random.below(10);
    if (kind < 5) {
      const { edit, notes } = documentMutation(random, ['index', 'manifest', 'config']);
      const files = madeLayout({ layers, edit });
      return caseOf(notes, 'any', files);
    }
    return kind < 7 ? wrongLayer(random) : wrongFile(random);
  },
};

function caseOf(
  notes: readonly string[],
  expected: FuzzCase['expected'],
  files: ReadonlyMap<string, Uint8Array>,
): FuzzCase {
  return { seed: 'made', notes, expected, run: () => convertLayout(storeOf(files)), clean: seed().clean };
}

/** The digest of the stored bytes is right; only what they expand to tells. */
function wrongLayer(random: Random): FuzzCase {
  const at = random.below(layers.length);
  const { bytes, note } = mutateBytes(layers[at]?.stored ?? new Uint8Array(), random);
  const changed = layers.map((layer, index) => (index === at ? { ...layer, stored: bytes } : layer));
  // What is not expanded here goes out as it is: engines verify it.
  return caseOf([`layer ${at}: ${note}`], 'any', madeLayout({ layers: changed }));
}

function wrongFile(random: Random): FuzzCase {
  const files = new Map(seed().files);
  const [name, content] = random.pick([...files]);
  const { bytes, note } = mutateBytes(content, random);
  if (random.chance(10)) files.delete(name);
  else files.set(name, bytes);
  if (random.chance(10)) files.set(`blobs/sha256/${createHash('sha256').update(bytes).digest('hex')}`, bytes);
  return caseOf([`${name}: ${note}`], 'same or refused', files);
}
