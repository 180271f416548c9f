import { FairleadError } from '@fairlead/core';
import type { NamedImage, OutgoingBlob, PackedImage } from '../oci/packed-image.ts';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.ts';
import { descriptorOf } from './build-image.ts';

/**
 * Forms of an archive: an OCI layout in a tar, the classic `docker save`, or one tar that is both and that every
 * engine loads. Docker's graph drivers refuse an OCI layout without `manifest.json`; Podman keeps the manifest's
 * digest only if there is an OCI layout.
 */
export type ArchiveForm = 'oci-archive' | 'docker-archive' | 'both';

/**
 * The bytes of an archive of images. What describes them comes first, so that a reader knows at once what it has;
 * content is streamed. No member is named `./`: Apptainer refuses that.
 * @throws FairleadError `CORRUPT_IMAGE` when a blob gives other bytes than it promised in number
 */
export async function* imageArchive(
  images: readonly NamedImage[],
  options: { readonly form: ArchiveForm; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  const { form } = options;
  for (const [name, text] of form === 'docker-archive' ? [] : layoutFiles(images)) yield* textFile(name, text);
  const pathOf = form === 'docker-archive' ? classicPath : blobPath;
  if (form !== 'oci-archive') yield* textFile('manifest.json', dockerManifest(images, pathOf));
  if (form !== 'docker-archive') yield* folders(images);
  const written = new Map<string, number>();
  for (const [path, blob] of images.flatMap(({ image }) => members(image, form))) {
    const before = written.get(path);
    if (before !== undefined && before !== blob.size) throw otherSize(blob);
    if (before !== undefined) continue;
    written.set(path, blob.size);
    yield tarHeader({ name: path, type: 'file', size: blob.size });
    yield* exactly(blob, options.signal);
    yield tarPadding(blob.size);
  }
  yield tarEnd();
}

/** The two files of an OCI layout beside its blobs. Source: OCI image specification, image-layout.md. */
export function layoutFiles(images: readonly NamedImage[]): readonly (readonly [string, string])[] {
  const manifests = images.flatMap(({ image, names = [], listing = {} }) => {
    const descriptor = { ...descriptorOf(image.manifest), platform: listing.platform };
    if (names.length === 0) return [{ ...descriptor, annotations: listing.annotations }];
    return names.map((name) => ({ annotations: { ...listing.annotations, ...annotationsOf(name) }, ...descriptor }));
  });
  const ofIndex = images.map(({ listing }) => listing?.index).find((annotations) => annotations !== undefined);
  return [
    ['oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' })],
    ['index.json', JSON.stringify({ schemaVersion: 2, manifests, annotations: ofIndex })],
  ];
}

/** Podman names images by the first annotation, Docker's containerd store by the second. */
function annotationsOf(name: string): Readonly<Record<string, string>> {
  return { 'org.opencontainers.image.ref.name': name, 'io.containerd.image.name': name };
}

/** Where a layout keeps a blob. */
export function blobPath(blob: Pick<OutgoingBlob, 'digest'>): string {
  return `blobs/${blob.digest.algorithm}/${blob.digest.hex}`;
}

function classicPath(blob: OutgoingBlob, role: 'config' | 'layer'): string {
  return `${blob.digest.hex}.${role === 'config' ? 'json' : 'tar'}`;
}

type PathOf = (blob: OutgoingBlob, role: 'config' | 'layer') => string;

function members(image: PackedImage, form: ArchiveForm): readonly (readonly [string, OutgoingBlob])[] {
  const { manifest, config, layers } = image;
  if (form !== 'docker-archive') return [manifest, config, ...layers].map((blob) => [blobPath(blob), blob]);
  return [
    [classicPath(config, 'config'), config],
    ...layers.map((layer) => [classicPath(layer, 'layer'), layer] as const),
  ];
}

/** The file that makes an archive a docker-archive. */
export function dockerManifest(images: readonly NamedImage[], pathOf: PathOf): string {
  const entries = images.map(({ image, names = [] }) => ({
    Config: pathOf(image.config, 'config'),
    RepoTags: names,
    Layers: image.layers.map((layer) => pathOf(layer, 'layer')),
  }));
  return JSON.stringify(entries);
}

function* folders(images: readonly NamedImage[]): Generator<Uint8Array> {
  const blobs = images.flatMap(({ image }) => [image.manifest, image.config, ...image.layers]);
  const names = new Set(['blobs/', ...blobs.map(({ digest }) => `blobs/${digest.algorithm}/`)]);
  for (const name of names) yield tarHeader({ name, type: 'directory', size: 0 });
}

function* textFile(name: string, text: string): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  yield tarHeader({ name, type: 'file', size: bytes.length });
  yield bytes;
  yield tarPadding(bytes.length);
}

async function* exactly(blob: OutgoingBlob, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  let given = 0;
  for await (const chunk of blob.stream()) {
    signal?.throwIfAborted();
    given += chunk.length;
    if (given > blob.size) break;
    yield chunk;
  }
  if (given !== blob.size) throw otherSize(blob);
}

function otherSize({ digest, size }: OutgoingBlob): FairleadError {
  return new FairleadError({
    code: 'CORRUPT_IMAGE',
    message: `blob ${digest.text} is not the ${size} bytes it was said to be`,
    details: { where: `blob ${digest.text}`, size },
  });
}
