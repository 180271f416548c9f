import { mediaType } from '../oci/media-type.ts';
import { layoutMaker, type MadeDescriptor } from './images.ts';
import { makeSif, type MadeObject } from './sif.ts';

/** Media types of layers as SingularityCE writes them. */
export const squashfsLayer = 'application/vnd.sylabs.image.layer.v1.squashfs';
export const overlayLayer = 'application/vnd.sylabs.image.layer.v1.ext3';

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

/** The same with an index of any descriptors. */
export function ociSifOf(list: (maker: ReturnType<typeof layoutMaker>) => readonly MadeDescriptor[]): Buffer {
  const maker = layoutMaker();
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: list(maker) }));
  const blobs = [...maker.files].map(([name, content]) => object(0x400b, `sha256:${name.slice(-64)}`, content));
  return makeSif([...blobs, object(0x400a, `sha256:${'0'.repeat(64)}`, index)]);
}

function object(dataType: number, digest: string, content: Uint8Array): MadeObject {
  const extra = Buffer.alloc(384);
  extra.write(digest);
  return { dataType, content, extra, group: 0xf0000000 };
}

function add(maker: ReturnType<typeof layoutMaker>, image: MadeImage): MadeDescriptor {
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
