import { mkdir, open, rename, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LayerStream, PackedLayer } from '../layer/pack-layer.ts';
import type { Digest } from '../oci/digest.ts';
import type { NamedImage, OutgoingBlob } from '../oci/packed-image.ts';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.ts';
import { blobPath, dockerManifest, layoutFiles } from './image-archive.ts';
import { whole } from './whole.ts';

/** An image whose layers tell their digests only when they have gone out. */
export interface StreamedImage {
  readonly layers: readonly StreamedLayer[];
  /** What index.json says of it beside names: annotations and platform. */
  readonly listing?: NamedImage['listing'];
  /** Config and manifest for the layers as they went out; called once, at their end. */
  describe(layers: readonly PackedLayer[]): Promise<StreamedDescription>;
}

/** What describes an image. */
export interface StreamedDescription {
  readonly config: OutgoingBlob;
  readonly manifest: OutgoingBlob;
}

/** One of its layers. */
export interface StreamedLayer {
  /** Bytes that `onBytes` will have been told in the end. */
  readonly size: number;
  /** A chunk is used before the next one is asked for, and not kept. */
  pack(onBytes: (bytes: number) => void): LayerStream;
}

/** Where to write and as what. */
export interface StreamedTarget {
  /** A folder, or one file that is an OCI archive and a docker-archive. */
  readonly form: 'oci-layout' | 'archive';
  readonly to: string;
  readonly names: readonly string[];
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number, totalBytes: number) => void;
}

/** What was written. */
export interface WrittenImage extends StreamedDescription {
  /** From the lowest to the highest. */
  readonly layers: readonly PackedLayer[];
}

/**
 * Writes an image in one pass over each layer, whole or not at all.
 * @throws FairleadError as `whole`, and all that reading a layer throws
 */
export async function writeStreamedImage(image: StreamedImage, target: StreamedTarget): Promise<WrittenImage> {
  const write = target.form === 'archive' ? writeArchive : writeLayout;
  const { to, form, signal } = target;
  const kind = form === 'archive' ? 'file' : 'folder';
  return whole({ to, kind, signal }, (draft) => write(image, draft, target));
}

async function writeLayout(image: StreamedImage, draft: string, target: StreamedTarget): Promise<WrittenImage> {
  // A folder above the draft that is missing must not be made by the way.
  await mkdir(draft);
  const placeOf = async (blob: Pick<OutgoingBlob, 'digest'>): Promise<string> => {
    const place = join(draft, blobPath(blob));
    await mkdir(dirname(place), { recursive: true });
    return place;
  };
  const layers: PackedLayer[] = [];
  for (const told of counted(image, target)) {
    const path = join(draft, 'layer');
    const layer = await withFile(path, (file) => writeLayer(file, told(), 0));
    layers.push(layer);
    await rename(path, await placeOf(layer));
  }
  const described = await image.describe(layers);
  for (const blob of [described.config, described.manifest]) {
    for await (const bytes of blob.stream()) await writeFile(await placeOf(blob), bytes);
  }
  for (const [name, text] of layoutFiles([named(image, target, { ...described, layers })])) {
    await writeFile(join(draft, name), text);
  }
  return { ...described, layers };
}

/** The headers of layers are written last: only the end of a layer tells its name, and of a compressed one its size. */
async function writeArchive(image: StreamedImage, draft: string, target: StreamedTarget): Promise<WrittenImage> {
  return withFile(draft, async (file) => {
    let at = await put(file, 0, foldersOf('sha256'));
    const places = new Map<string, number>();
    const layers: PackedLayer[] = [];
    for (const told of counted(image, target)) {
      const layer = await writeLayer(file, told(), at + headerBytes);
      layers.push(layer);
      const path = blobPath(layer);
      // A layer that is the same as one before is not kept twice: the next one is written over it.
      if (places.has(path)) continue;
      places.set(path, at);
      await put(file, at, [layerHeader(layer)]);
      at = await put(file, at + headerBytes + layer.size, [tarPadding(layer.size)]);
    }
    const described = await image.describe(layers);
    const images = [named(image, target, { ...described, layers })];
    for (const blob of [described.config, described.manifest]) {
      for await (const bytes of blob.stream()) at = await put(file, at, member(blobPath(blob), bytes));
    }
    for (const [name, text] of [...layoutFiles(images), ['manifest.json', dockerManifest(images, blobPath)] as const]) {
      at = await put(file, at, member(name, new TextEncoder().encode(text)));
    }
    await file.truncate(await put(file, at, [tarEnd()]));
    return { ...described, layers };
  });
}

function foldersOf(algorithm: Digest['algorithm']): readonly Uint8Array[] {
  return ['blobs/', `blobs/${algorithm}/`].map((name) => tarHeader({ name, type: 'directory', size: 0 }));
}

/** Room for the header of any layer: above 8 GiB, or under a digest of 512 bits, it has three blocks. */
const headerBytes = 3 * 512;

/** Fills that room with the folders that the layer lies in, perhaps once more, where the header is shorter. */
function layerHeader(layer: PackedLayer): Uint8Array {
  const header = tarHeader({ name: blobPath(layer), type: 'file', size: layer.size });
  return Buffer.concat(header.length < headerBytes ? [...foldersOf(layer.digest.algorithm), header] : [header]);
}

/** Each layer's stream, telling how far all of them are. */
function* counted(image: StreamedImage, { onBytes, signal }: StreamedTarget): Generator<() => LayerStream> {
  const totalBytes = image.layers.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const layer of image.layers) {
    const start = before;
    const told = (bytes: number): void => {
      onBytes(start + bytes, totalBytes);
      signal.throwIfAborted();
    };
    yield () => layer.pack(told);
    before += layer.size;
  }
}

function named({ listing }: StreamedImage, { names }: StreamedTarget, written: WrittenImage): NamedImage {
  const layers = written.layers.map((layer) => ({ ...layer, stream: nothing }));
  return { image: { manifest: written.manifest, config: written.config, layers }, names, listing };
}

/** Their bytes have been written already; only what describes them is asked for. */
async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* [];
}

function member(name: string, bytes: Uint8Array): readonly Uint8Array[] {
  return [tarHeader({ name, type: 'file', size: bytes.length }), bytes, tarPadding(bytes.length)];
}

async function writeLayer(file: FileHandle, stream: LayerStream, position: number): Promise<PackedLayer> {
  let at = position;
  for (let next = await stream.next(); ; next = await stream.next()) {
    if (next.done === true) return next.value;
    at = await put(file, at, [next.value]);
  }
}

/** Writes parts one behind the other, and gives the position behind them. */
async function put(file: FileHandle, position: number, parts: readonly Uint8Array[]): Promise<number> {
  let at = position;
  for (const bytes of parts) {
    for (let have = 0; have < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, have, bytes.length - have, at + have);
      have += bytesWritten;
    }
    at += bytes.length;
  }
  return at;
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'wx');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
