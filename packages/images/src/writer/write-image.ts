import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import type { NamedImage, OutgoingBlob } from '../oci/packed-image.ts';
import { blobPath, imageArchive, layoutFiles, type ArchiveForm } from './image-archive.ts';
import { writeNewFile } from './write-new-file.ts';

/** How to write. */
export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes an OCI layout folder, whole or not at all.
 * @param folder must not exist, or be empty
 * @throws FairleadError `CONFLICT` if the folder holds something
 */
export async function writeOciLayout(
  folder: string,
  images: readonly NamedImage[],
  { signal }: WriteOptions = {},
): Promise<void> {
  await whole(folder, signal, async (draft) => {
    await mkdir(draft);
    for (const [name, text] of layoutFiles(images)) await writeFile(join(draft, name), text, { signal });
    const blobs = images.flatMap(({ image }) => [image.manifest, image.config, ...image.layers]);
    const byPath = new Map(blobs.map((blob) => [blobPath(blob), blob]));
    for (const [path, blob] of byPath) await writeBlob(join(draft, path), blob, signal);
    await rmdir(folder).catch(occupied(folder));
  });
}

/**
 * Writes one archive of images, whole or not at all; a file that exists is replaced.
 * `writeImageArchive('x.tar', [{ image: buildImage(…), names: ['localhost/x:1'] }], { form: 'both' })`
 */
export async function writeImageArchive(
  file: string,
  images: readonly NamedImage[],
  options: WriteOptions & { readonly form: ArchiveForm },
): Promise<void> {
  const { form, signal } = options;
  await whole(file, signal, (draft) => writeNewFile(draft, imageArchive(images, { form, signal }), signal));
}

async function writeBlob(path: string, blob: OutgoingBlob, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeNewFile(path, blob.stream(), signal);
}

/** Writes beside the target and renames, so that nobody sees half of it and nothing is left of a failure. */
export async function whole<T>(
  target: string,
  signal: AbortSignal | undefined,
  write: (draft: string) => Promise<T>,
): Promise<T> {
  const draft = `${target}.${process.pid}-${crypto.randomUUID()}.part`;
  try {
    const written = await write(draft);
    await rename(draft, target);
    return written;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    signal?.throwIfAborted();
    throw error;
  }
}

/** The error of a target that cannot be replaced. */
export function occupied(folder: string): (error: unknown) => void {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw new FairleadError({
      code: 'CONFLICT',
      message: `${JSON.stringify(folder)} exists and is not an empty folder`,
      hint: 'Choose another folder, or remove this one first.',
      cause: error,
    });
  };
}
