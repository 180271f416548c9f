import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NamedImage, OutgoingBlob } from '../oci/packed-image.ts';
import { blobPath, imageArchive, layoutFiles, type ArchiveForm } from './image-archive.ts';
import { whole } from './whole.ts';
import { writeNewFile } from './write-new-file.ts';

/** How to write. */
export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes an OCI layout folder, whole or not at all.
 * @param folder must not exist, or be empty; the folder that it lies in must exist
 * @throws FairleadError `CONFLICT` if the folder holds something, `INVALID_SPEC`, `ACCESS_DENIED`, `CONVERSION_FAILED`
 */
export async function writeOciLayout(
  folder: string,
  images: readonly NamedImage[],
  { signal }: WriteOptions = {},
): Promise<void> {
  await whole({ to: folder, kind: 'folder', signal }, async (draft) => {
    await mkdir(draft);
    for (const [name, text] of layoutFiles(images)) await writeFile(join(draft, name), text, { signal });
    const blobs = images.flatMap(({ image }) => [image.manifest, image.config, ...image.layers]);
    const byPath = new Map(blobs.map((blob) => [blobPath(blob), blob]));
    for (const [path, blob] of byPath) await writeBlob(join(draft, path), blob, signal);
  });
}

/**
 * Writes one archive of images, whole or not at all; a file that exists is replaced.
 * `writeImageArchive('x.tar', [{ image: buildImage(…), names: ['localhost/x:1'] }], { form: 'both' })`
 * @throws FairleadError as `writeOciLayout`; `CONFLICT` for a target that is a folder
 */
export async function writeImageArchive(
  file: string,
  images: readonly NamedImage[],
  options: WriteOptions & { readonly form: ArchiveForm },
): Promise<void> {
  const { form, signal } = options;
  await whole({ to: file, kind: 'file', signal }, (draft) =>
    writeNewFile(draft, imageArchive(images, { form, signal }), signal),
  );
}

async function writeBlob(path: string, blob: OutgoingBlob, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeNewFile(path, blob.stream(), signal);
}
