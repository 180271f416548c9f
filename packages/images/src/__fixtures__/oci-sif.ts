import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FileImageRef } from '@fairlead/core';
import { createOciSifConverter } from '../convert/oci-sif-converter.ts';
import { sha256 } from '../oci/digest.ts';
import { mediaType } from '../oci/media-type.ts';
import { openSource } from '../source.ts';
import { openTarArchive, type TarArchive } from '../tar/tar-archive.ts';
import { tarOf } from '../tar/write-tar.ts';
import { collect, layoutMaker, type MadeDescriptor } from './images.ts';
import { makeSif, type MadeObject } from './sif.ts';
import { stackedImage } from './squashfs.ts';

/** Media types of layers as SingularityCE writes them. */
const squashfsLayer = 'application/vnd.sylabs.image.layer.v1.squashfs';
const overlayLayer = 'application/vnd.sylabs.image.layer.v1.ext3';

/** A layer of an image in an OCI-SIF: a file system, whose diffID is its digest, or a tar. */
export interface MadeLayer {
  readonly type: string;
  readonly content: Uint8Array;
  readonly diffId?: string;
  readonly annotations?: object;
}

/** One image to be put into an OCI-SIF. */
export interface MadeImage {
  readonly layers: readonly MadeLayer[];
  readonly architecture?: string;
  /** More fields of its config, its manifest and its descriptor in the index. */
  readonly config?: object;
  readonly manifest?: object;
  readonly listed?: object;
  readonly configType?: string;
}

/** An OCI-SIF made by hand: the index and each blob an object, in no group, each with its digest. */
export function ociSif(...images: readonly MadeImage[]): Buffer {
  return ociSifOf((maker) => images.map((image) => add(maker, image)));
}

/** The same with an index of any descriptors, and more fields of the index. */
export function ociSifOf(
  list: (maker: ReturnType<typeof layoutMaker>) => readonly MadeDescriptor[],
  more: object = {},
): Buffer {
  const maker = layoutMaker();
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: list(maker), ...more }));
  const blobs = [...maker.files].map(([name, content]) => object(0x400b, `sha256:${name.slice(-64)}`, content));
  return makeSif([...blobs, object(0x400a, `sha256:${'0'.repeat(64)}`, index)]);
}

function object(dataType: number, digest: string, content: Uint8Array): MadeObject {
  const extra = Buffer.alloc(384);
  extra.write(digest);
  return { dataType, content, extra, group: 0xf0000000 };
}

/** Adds an image to those of an index. */
export function add(maker: ReturnType<typeof layoutMaker>, image: MadeImage): MadeDescriptor {
  const { layers, architecture = 'amd64', config = {}, manifest = {}, listed = {}, configType = mediaType.config } = image;
  const descriptors = layers.map(({ type, content, annotations }) =>
    maker.blob(type, content, annotations === undefined ? {} : { annotations }),
  );
  const diff_ids = descriptors.map((descriptor, at) => layers[at]?.diffId ?? descriptor['digest']);
  const body = { architecture, os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids }, ...config };
  // Spaces that no writer of ours would put: what is kept is kept byte for byte.
  const bytes = Buffer.from(JSON.stringify(body, undefined, 1));
  const described = { config: maker.blob(configType, bytes), layers: descriptors };
  const whole = { schemaVersion: 2, mediaType: mediaType.manifest, ...described, ...manifest };
  return maker.blob(mediaType.manifest, whole, { platform: { os: 'linux', architecture }, ...listed });
}

/** A file system as a layer. */
export const fileLayer = (content: Uint8Array): MadeLayer => ({ type: squashfsLayer, content });

/** Two layers that an overlay stacks. */
export const lower: MadeLayer = fileLayer(stackedImage('lower'));
export const upper: MadeLayer = fileLayer(stackedImage('upper'));

/** A writable overlay, whose content nobody looks at. */
export const overlay: MadeLayer = { type: overlayLayer, content: Buffer.from('not looked at') };

/** A tar with one file, and layers of it. */
export const markTar: Uint8Array = tarOf([{ type: 'file', name: 'mark', content: 'x' }]);
export const gzipLayer: MadeLayer = {
  type: 'application/vnd.oci.image.layer.v1.tar+gzip',
  content: gzipSync(markTar),
  diffId: sha256(markTar).text,
};
export const zstdLayer: MadeLayer = {
  ...gzipLayer,
  type: 'application/vnd.oci.image.layer.v1.tar+zstd',
  content: zstdCompressSync(markTar),
};

/** A config with what has to survive. */
export const config: object = { config: { Entrypoint: ['/bin/app'], Env: ['A=ü'] }, created: '2024-01-01T00:00:00Z' };

/** What is loaded of an OCI-SIF. */
export async function loaded(
  image: FileImageRef,
  options = {},
): Promise<{ readonly name: string; readonly archive: TarArchive }> {
  await using converted = await createOciSifConverter({ architecture: 'amd64', ...options }).open(image, {});
  const bytes = await collect(converted.stream());
  const { signal } = new AbortController();
  const source = await openSource(new Blob([Uint8Array.from(bytes)]), { signal });
  return { name: converted.name, archive: await openTarArchive(source) };
}

/** An image in the list of a docker-archive. */
export interface Listed {
  readonly Config: string;
  readonly Layers: readonly string[];
}

/** A JSON file of an archive. */
export async function jsonOf<T>(archive: TarArchive, name: string): Promise<T> {
  // The test wrote what it reads.
  return JSON.parse(Buffer.from(await archive.read(name)).toString()) as T;
}
