import { gzipSync } from 'node:zlib';
import {
  fileLayer,
  markTar,
  ociSif,
  ociSifOf,
  overlay,
  gzipLayer,
  type MadeImage,
  type MadeLayer,
} from '../../src/__fixtures__/oci-sif.ts';
import { mediaType } from '../../src/oci/media-type.ts';
import { editing } from '../made/field-writer.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { file, folder, root } from '../made/squashfs-tree.ts';
import type { HostileCase, HostileClass } from './hostile-case.ts';

type Refusal = Pick<HostileCase, 'where' | 'how'> & Partial<Pick<HostileCase, 'code' | 'entry' | 'policy'>>;

function ociSifCase(name: string, refusal: Refusal, make: () => Uint8Array): HostileCase {
  return { code: 'CORRUPT_IMAGE', known: 'content', ...refusal, name, format: 'oci-sif', make };
}

const sound = fileLayer(madeSquashfs(root()));

/** An image for whatever machine runs the test. */
function image(layers: readonly MadeLayer[], more: Partial<MadeImage> = {}): MadeImage {
  return { layers, listed: { platform: undefined }, ...more };
}

/** An image one of whose layers is wrong. */
function layered(name: string, refusal: Refusal, ...layers: readonly MadeLayer[]): HostileCase {
  return ociSifCase(name, refusal, () => ociSif(image(layers)));
}

/** A sound image some of whose bytes are written over; the last place where a text stands. */
function damaged(
  name: string,
  refusal: Refusal,
  { from, to }: { readonly from: string; readonly to: string },
): HostileCase {
  return ociSifCase(name, refusal, () => {
    const bytes = ociSif(image([sound]));
    bytes.write(to, bytes.lastIndexOf(from));
    return bytes;
  });
}

const inItself = editing({
  'inode /outer/inner block': 0,
  'inode /outer/inner offset': 61,
  'inode /outer/inner size': 28,
});
const nested = root({ outer: folder({ inner: folder({ x: file('x') }) }) });
const bomb = root({ zeros: file('', { holeBytes: 2 ** 40 }) });

const hole = root({ zeros: file('', { holeBytes: 16 * 2 ** 20 }) });
const harmless = fileLayer(madeSquashfs(hole, { blockSize: 1_048_576, packMetadata: true }));
const shrunken = fileLayer(madeSquashfs(root({ same: file('x'.repeat(2 ** 20)) }), { blockSize: 1_048_576 }));
const plainTar: MadeLayer = { type: mediaType.layer, content: Buffer.concat([markTar, Buffer.alloc(1024)]) };

const ociSifs: HostileClass = {
  name: 'OCI-SIF',
  cases: [
    ociSifCase('an index that is no JSON', { how: 'cut off', where: /^index\.json|^the index|index/ }, () => {
      const bytes = ociSif(image([sound]));
      return bytes.fill('x', bytes.lastIndexOf('{"schemaVersion":2,"manifests"'));
    }),
    ociSifCase('an index of 5000 manifests', { how: 'one 5000 times', where: /index/ }, () =>
      ociSifOf((maker) => {
        const one = maker.image('amd64');
        return Array.from({ length: 5000 }, () => one);
      }),
    ),
    damaged(
      'a layer of another digest',
      { how: 'one byte changed', where: /^blob sha256/ },
      { from: '#!shell', to: '#?' },
    ),
    damaged(
      'a blob that nobody has',
      { how: 'its digest changed', where: /^blob sha256/ },
      { from: '"size":', to: '"size":9' },
    ),
    layered(
      'a layer that is no file system',
      { how: 'a text', where: /squashfs/ },
      fileLayer(Buffer.alloc(4096, 'text')),
    ),
    layered('a layer with a folder inside itself', { how: 'in the second of two', where: /^squashfs/ }, sound, {
      ...fileLayer(madeSquashfs(nested, { edit: inItself })),
    }),
    layered(
      'a layer that is a bomb',
      { how: 'a hole of 1 TiB', code: 'POLICY_DENIED', where: /layer/ },
      fileLayer(madeSquashfs(bomb, { blockSize: 1_048_576, packMetadata: true })),
    ),
    layered(
      'one layer 1000 times, each harmless',
      { how: 'a hole of 16 MiB', code: 'POLICY_DENIED', where: /^its layers together/ },
      ...Array.from({ length: 1000 }, () => harmless),
    ),
    layered(
      'one layer 1000 times, each harmless, of what is stored',
      { how: 'a megabyte of one byte', code: 'POLICY_DENIED', where: /^the layer/ },
      ...Array.from({ length: 1000 }, () => shrunken),
    ),
    layered(
      'one tar 1000 times, each harmless',
      { how: '3 KiB', code: 'POLICY_DENIED', where: /^its layers together/, policy: { maxBytes: 1_000_000 } },
      ...Array.from({ length: 1000 }, () => plainTar),
    ),
    layered(
      'a layer with a name that deletes',
      { how: 'a file called ".wh.x"', code: 'CONVERSION_FAILED', where: /wh/ },
      sound,
      fileLayer(madeSquashfs(root({ '.wh.x': file('x') }))),
    ),
    layered(
      'a layer of another content than its diffID',
      { how: 'gzip of other bytes', where: /^layer/, entry: 'list' },
      sound,
      { ...gzipLayer, content: gzipSync(Buffer.concat([markTar, Buffer.alloc(512)])) },
    ),
    layered('a writable overlay', { how: 'ext3', code: 'CONVERSION_FAILED', where: /overlay/ }, sound, overlay),
    layered(
      'a layer that engines cannot unpack',
      { how: 'mediaType = text/plain', code: 'CONVERSION_FAILED', where: /^layer/ },
      { ...sound, type: 'text/plain' },
    ),
    ociSifCase(
      'a data container',
      { how: 'artifactType = …data-container…', code: 'INVALID_IMAGE', where: /data container/ },
      () => ociSif(image([sound], { manifest: { artifactType: 'application/vnd.sylabs.data-container.v1' } })),
    ),
    ociSifCase('too few diff_ids', { how: 'diff_ids = []', where: /^its config/ }, () =>
      ociSif(image([sound], { config: { rootfs: { type: 'layers', diff_ids: [] } } })),
    ),
    ociSifCase('2000 layers', { how: 'one 2000 times', where: /^manifest/ }, () =>
      ociSif(image(Array.from({ length: 2000 }, () => gzipLayer))),
    ),
    ociSifCase('a manifest that is a list', { how: '[] under its digest', where: /^manifest/ }, () =>
      ociSifOf((maker) => [maker.blob(mediaType.manifest, [])]),
    ),
  ],
};

/** SIFs that hold OCI images. */
export const ociSifClasses: readonly HostileClass[] = [ociSifs];
