import type { FileImageFormat } from '@fairlead/core';
import { readHead } from '../archive.ts';
import { readOciSifImage, type OciSifLayer } from '../convert/oci-sif-image.ts';
import { rootPartition } from '../convert/root-partition.ts';
import { openStoredImage, type StoredImage } from '../convert/stored-image.ts';
import { launchLineEnd } from '../detect/detect-file.ts';
import { detectContent, detectImage } from '../detect/detect-input.ts';
import { invalidImage } from '../failure.ts';
import type { Choice } from '../oci/choose-image.ts';
import { hostArchitecture } from '../oci/platform.ts';
import { openSif } from '../sif/open-sif.ts';
import { startsLikeSif } from '../sif/sif-header.ts';
import { openSource, type ImageInput, type Source } from '../source.ts';
import { openSquashfs, type Squashfs } from '../squashfs/squashfs.ts';
import { readRoot } from '../squashfs/walk.ts';
import { squashfsLayerEntries, tarLayerEntries, type LayerEntry } from './layer-entry.ts';
import { mergeLayers } from './merged-tree.ts';
import { squashfsNode } from './squashfs-node.ts';
import type { ImageTree, TreeNode } from './tree-node.ts';

/** Which image of those in a file is meant. */
export interface ImageChoice {
  /** Its name, `@` and its place, or `@` and its digest. Default: the only one. */
  readonly member?: string | undefined;
  /** GOARCH word. Default: this machine's, or that of the only image there is. */
  readonly architecture?: string | undefined;
}

/** The image to look into. Who names no architecture, or names an image by its place, gets it whatever machine it is for. */
export function choiceOf({ member, architecture }: ImageChoice): Choice {
  const foreign = architecture === undefined || /^@\d/.test(member ?? '');
  return { member, architecture: architecture ?? hostArchitecture(), foreign };
}

/** A format, and what errors call the image. */
export interface KnownInput {
  readonly format: FileImageFormat;
  readonly path: string;
}

/** The format of an image. @throws FairleadError as `detectImage` */
export async function knowInput(input: ImageInput, signal: AbortSignal): Promise<KnownInput> {
  if (typeof input === 'string') return detectImage(input, { signal });
  const path = input instanceof Blob ? 'blob' : `file ${input.fd}`;
  const detected = await detectContent(input, { signal });
  if (detected.kind === 'image') return { format: detected.format, path };
  throw invalidImage(path, 'is a Kubernetes manifest, not an image');
}

/**
 * Opens the file system of an image for reading at any place, without unpacking it.
 * @throws FairleadError as `detectImage`; `CONVERSION_FAILED` for a root file system that is not read here, by its name
 */
export async function openTree(input: ImageInput, choice: ImageChoice, signal: AbortSignal): Promise<ImageTree> {
  const { format, path } = await knowInput(input, signal);
  if (format === 'oci-layout' || format === 'oci-archive' || format === 'docker-archive') {
    const image = await openStoredImage(
      { format, path, member: choice.member },
      { ...choiceOf(choice), signal, ...(format === 'oci-layout' ? {} : { input }) },
    );
    return treeOf(image, { path, signal }, () => layersRoot(image, signal));
  }
  if (format === 'sandbox' || format === 'ext3') {
    const what = format === 'ext3' ? 'is a file system of type ext3, which is not read here' : 'is a folder';
    throw invalidImage(path, what, 'Look into it with the tools of this system.');
  }
  const source = await openSource(input, { signal });
  return treeOf(source, { path, signal }, () =>
    format === 'oci-sif' ? ociSifRoot(source, choiceOf(choice)) : squashfsRoot(source),
  );
}

/** The root of what the layers of an image make together. @throws FairleadError as `mergeLayers` */
export function layersRoot(
  { layers, path }: Pick<StoredImage, 'layers' | 'path'>,
  signal: AbortSignal,
): Promise<TreeNode> {
  const entries = layers.map((layer) => tarLayerEntries({ layer, path, signal }));
  return mergeLayers(entries, { path, signal });
}

async function treeOf(
  resource: AsyncDisposable,
  names: { readonly path: string; readonly signal: AbortSignal },
  open: () => Promise<TreeNode>,
): Promise<ImageTree> {
  try {
    return { ...names, root: await open(), [Symbol.asyncDispose]: async () => resource[Symbol.asyncDispose]() };
  } catch (error) {
    await resource[Symbol.asyncDispose]();
    throw error;
  }
}

/** The root of a SIF or of a bare squashfs. @throws FairleadError as `openRootSquashfs` */
export async function squashfsRoot(source: Source): Promise<TreeNode> {
  const squashfs = await openRootSquashfs(source);
  return squashfsNode(squashfs, await readRoot(squashfs.context));
}

/** The root file system of a SIF, or the bare squashfs that a source is. @throws FairleadError `CONVERSION_FAILED` for others */
export async function openRootSquashfs(source: Source): Promise<Squashfs> {
  const head = await readHead(source, 2048);
  if (startsLikeSif(head)) {
    const { offset, size } = rootPartition(source.path, await openSif(source), true);
    return openSquashfs(source, offset, { size });
  }
  return openSquashfs(source, launchLineEnd(head));
}

/** The root of what the layers of an OCI-SIF make together. @throws FairleadError as `mergeLayers` */
export async function ociSifRoot(source: Source, choice: Choice): Promise<TreeNode> {
  const { path, signal } = source;
  const { layers } = await readOciSifImage(source, { ...choice, lossy: true });
  const [only] = layers;
  if (layers.length === 1 && only?.kind === 'squashfs') {
    const { squashfs } = only.layer;
    return squashfsNode(squashfs, await readRoot(squashfs.context));
  }
  const entries = ({ kind, layer }: OciSifLayer): AsyncIterable<LayerEntry> =>
    kind === 'tar' ? tarLayerEntries({ layer, path, signal }) : squashfsLayerEntries(layer.squashfs);
  return mergeLayers(layers.map(entries), { path, signal });
}
