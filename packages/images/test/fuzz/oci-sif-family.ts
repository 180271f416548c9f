import { gzipSync } from 'node:zlib';
import { stackedImage } from '../../src/__fixtures__/squashfs.ts';
import { ociSifArchive } from '../../src/convert/oci-sif-converter.ts';
import { readOciSifImage, type OciSifImage } from '../../src/convert/oci-sif-image.ts';
import { streamedOciSif } from '../../src/convert/streamed-oci-sif.ts';
import { describeSif } from '../../src/describe/describe-sif.ts';
import { detectFile } from '../../src/detect/detect-file.ts';
import { inspectSif } from '../../src/inspect/inspect-sif.ts';
import type { PackedLayer } from '../../src/layer/pack-layer.ts';
import { mediaType, type Compression } from '../../src/oci/media-type.ts';
import { openSif } from '../../src/sif/open-sif.ts';
import { ociSifRoot } from '../../src/tree/open-tree.ts';
import { unedited } from '../made/field-writer.ts';
import { madeLayout, plainLayer, type MadeLayer } from '../made/made-layout.ts';
import { madeOciSif } from '../made/made-oci-sif.ts';
import { documentMutation } from './archive-seeds.ts';
import { layerForm, lookAt, policy, type LayerForm } from './convert-in-memory.ts';
import { everything, imageOf } from './file-system-seeds.ts';
import { digestOf, once, readBudget, type FuzzCase, type FuzzFamily } from './fuzz-family.ts';
import { lookThrough } from './look-in-memory.ts';
import { memorySource } from './memory-source.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateFields, recording } from './mutate-fields.ts';
import type { Random } from './random.ts';

/** A file system as a layer: its digest is its diffID. */
function fileSystem(stored: Uint8Array): MadeLayer {
  return { stored, tar: stored, mediaType: 'application/vnd.sylabs.image.layer.v1.squashfs' };
}

const plain = plainLayer();
const layers = once((): readonly MadeLayer[] => [
  fileSystem(imageOf(everything, { packMetadata: true }, unedited)),
  fileSystem(stackedImage('upper')),
  { ...plain, stored: gzipSync(plain.tar), mediaType: `${mediaType.layer}+gzip` },
]);

const seed = once(() => {
  const files = madeLayout({ layers: layers() });
  const { edit, fields } = recording();
  const bytes = madeOciSif(files, edit);
  return { files, fields, bytes, clean: once(() => convert(bytes, { compression: 'none' })) };
});

/** OCI-SIFs: documents with new digests, file systems that lie in layers, descriptors, and bytes behind the digests' back. */
export const ociSifFamily: FuzzFamily = {
  name: 'oci-sif',
  share: 4,
  prepare(random) {
    const kind = random.below(10);
    if (kind < 4) {
      const { edit, notes } = documentMutation(random, ['index', 'manifest', 'config']);
      return caseOf(random, notes, madeOciSif(madeLayout({ layers: layers(), edit })));
    }
    if (kind < 6) return wrongLayer(random);
    const { edit, note } = mutateFields(seed().fields, random);
    if (kind < 8) return caseOf(random, [note], madeOciSif(seed().files, edit));
    const mutated = mutateBytes(seed().bytes, random);
    return caseOf(random, [mutated.note], mutated.bytes);
  },
};

function caseOf(random: Random, notes: readonly string[], bytes: Uint8Array): FuzzCase {
  const form = layerForm(random);
  const run = (): Promise<string> => convert(bytes, form);
  return { seed: 'made', notes: [...notes, JSON.stringify(form)], expected: 'any', run, clean: seed().clean };
}

/** Its digest is right: what it holds is not. */
function wrongLayer(random: Random): FuzzCase {
  const at = random.below(layers().length);
  const layer = layers()[at] ?? plain;
  const { bytes, note } = mutateBytes(layer.stored, random);
  const changed = { ...layer, stored: bytes, tar: layer.tar === layer.stored ? bytes : layer.tar };
  const made = layers().map((one, index) => (index === at ? changed : one));
  return caseOf(random, [`layer ${at}: ${note}`], madeOciSif(madeLayout({ layers: made })));
}

/** The digest of the archive that an OCI-SIF becomes; everything else that reads one has looked at it. */
async function convert(bytes: Uint8Array, { compression, lossy }: LayerForm): Promise<string> {
  const open = (): ReturnType<typeof memorySource> => memorySource(bytes, { budgetBytes: readBudget(bytes) });
  const choice = { member: undefined, architecture: 'amd64' };
  await lookAt(() => detectFile(open()));
  await lookAt(() => describeSif(open()));
  await lookAt(async () => inspectSif(open(), await openSif(open())));
  await lookAt(async () => lookThrough(await ociSifRoot(open(), choice)));
  const image = await readOciSifImage(open(), { ...policy, ...choice, lossy });
  const digest = await digestOf(ociSifArchive(image, 'localhost/x:1', {}));
  if (compression !== 'none') await pack(image, compression);
  return digest;
}

/** What goes into a layout: its description takes what the layers came to. */
async function pack(image: OciSifImage, compression: Compression): Promise<void> {
  const { layers: streams, describe } = streamedOciSif(image, compression);
  const packed: PackedLayer[] = [];
  for (const layer of streams) {
    const packing = layer.pack(() => undefined);
    let next = await packing.next();
    while (next.done !== true) next = await packing.next();
    packed.push(next.value);
  }
  await describe(packed);
}
