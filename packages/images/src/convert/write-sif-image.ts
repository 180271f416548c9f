import { open, mkdir, rename, rmdir, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgressCall } from '@fairlead/core';
import { deadline } from '../deadline.ts';
import type { Digest } from '../oci/digest.ts';
import { mediaType } from '../oci/media-type.ts';
import type { NamedImage, OutgoingBlob } from '../oci/packed-image.ts';
import { openSource } from '../source.ts';
import { tarEnd, tarHeader, tarPadding } from '../tar/tar-header.ts';
import { jsonBlob, manifestOf } from '../writer/build-image.ts';
import { blobPath, dockerManifest, layoutFiles } from '../writer/image-archive.ts';
import { occupied, whole } from '../writer/write-image.ts';
import { hashedLayer } from './hashed-layer.ts';
import { readSifImage, type SifImage, type SifOptions } from './sif-image.ts';

/** What to make of a SIF, and where. */
export interface WriteSifOptions extends SifOptions, ProgressCall {
  /** A folder, or one file that is an OCI archive and a docker-archive. */
  readonly form: 'oci-layout' | 'archive';
  /** Names under which engines are to know the image. Default: none. */
  readonly names?: readonly string[] | undefined;
}

/** What was written. */
export interface WrittenSif {
  readonly manifest: Digest;
  readonly config: Digest;
  readonly diffId: Digest;
  /** Which evidence the configuration follows. */
  readonly branch: SifImage['branch'];
}

/**
 * Writes a SIF, or the squashfs that it holds, as an OCI image with one uncompressed layer, in one pass and whole or not
 * at all. Equal input gives equal digests on every machine.
 * `writeSifImage('model.sif', 'model-oci', { form: 'oci-layout', names: ['localhost/model:1'] })`
 * @throws FairleadError `CONFLICT` for a folder that holds something, and all that reading a SIF throws
 */
export async function writeSifImage(from: string, to: string, options: WriteSifOptions): Promise<WrittenSif> {
  using limit = deadline(options, 'convert');
  const { signal } = limit;
  await using source = await openSource(from, { signal });
  const sif = await readSifImage(source, options);
  const write = options.form === 'archive' ? writeArchive : writeLayout;
  const image = await whole(to, signal, (draft) => write({ sif, draft, to, options }));
  const { manifest, config, layers } = image;
  const [layer] = layers;
  return { manifest: manifest.digest, config: config.digest, diffId: (layer ?? config).digest, branch: sif.branch };
}

interface Writing {
  readonly sif: SifImage;
  /** Where to write first. */
  readonly draft: string;
  readonly to: string;
  readonly options: WriteSifOptions;
}

async function writeLayout({ sif, draft, to, options }: Writing): Promise<NamedImage['image']> {
  const folder = join(draft, 'blobs', 'sha256');
  await mkdir(folder, { recursive: true });
  const layerFile = join(folder, 'layer');
  const image = await withFile(layerFile, (file) => writeLayer(file, { sif, options, position: 0 }));
  await rename(layerFile, join(folder, image.layers[0]?.digest.hex ?? ''));
  for (const blob of [image.config, image.manifest]) {
    for await (const bytes of blob.stream()) await writeFile(join(draft, blobPath(blob)), bytes);
  }
  for (const [name, text] of layoutFiles([{ image, names: options.names ?? [] }]))
    await writeFile(join(draft, name), text);
  await rmdir(to).catch(occupied(to));
  return image;
}

/** The header of the layer's member is written last: only the end of the layer tells its name. */
async function writeArchive({ sif, draft, options }: Writing): Promise<NamedImage['image']> {
  return withFile(draft, async (file) => {
    const folders = ['blobs/', 'blobs/sha256/'].map((name) => tarHeader({ name, type: 'directory', size: 0 }));
    const start = folders.length * 512;
    const image = await writeLayer(file, { sif, options, position: start + 512 });
    const size = sif.layer.size;
    const [layer] = image.layers;
    const head = [...folders, tarHeader({ name: layer === undefined ? '' : blobPath(layer), type: 'file', size })];
    await put(file, 0, head);
    const named = [{ image, names: options.names ?? [] }];
    const rest: Uint8Array[] = [tarPadding(size)];
    for (const blob of [image.config, image.manifest]) {
      for await (const bytes of blob.stream()) rest.push(...member(blobPath(blob), bytes));
    }
    const texts = [...layoutFiles(named), ['manifest.json', dockerManifest(named, blobPath)] as const];
    for (const [name, text] of texts) rest.push(...member(name, new TextEncoder().encode(text)));
    await put(file, start + 512 + size, [...rest, tarEnd()]);
    return image;
  });
}

function member(name: string, bytes: Uint8Array): readonly Uint8Array[] {
  return [tarHeader({ name, type: 'file', size: bytes.length }), bytes, tarPadding(bytes.length)];
}

async function put(file: FileHandle, position: number, parts: readonly Uint8Array[]): Promise<void> {
  let at = position;
  for (const part of parts) at += await writeAll(file, part, at);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let have = 0; have < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, have, bytes.length - have, position + have);
    have += bytesWritten;
  }
  return bytes.length;
}

async function writeLayer(
  file: FileHandle,
  { sif, options, position }: { readonly sif: SifImage; readonly options: WriteSifOptions; readonly position: number },
): Promise<NamedImage['image']> {
  const { layer } = sif;
  const stream = hashedLayer(layer, (bytes) =>
    options.onProgress?.({ phase: 'converting', bytes, totalBytes: layer.size }),
  );
  let at = position;
  for (let next = await stream.next(); ; next = await stream.next()) {
    if (next.done === true) return imageOf(sif, next.value);
    at += await writeAll(file, next.value, at);
  }
}

function imageOf({ layer, config, branch }: SifImage, diffId: Digest): NamedImage['image'] {
  const blob: OutgoingBlob = {
    mediaType: mediaType.layer,
    digest: diffId,
    size: layer.size,
    stream: () => layer.stream(),
  };
  const configuration = config(diffId);
  const description = manifestOf(mediaType.manifest, { config: configuration, layers: [blob] });
  const manifest = jsonBlob(mediaType.manifest, {
    ...description,
    annotations: { 'io.fairlead.sif.evidence': branch },
  });
  return { manifest, config: configuration, layers: [blob] };
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'wx');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
