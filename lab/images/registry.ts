import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { OutgoingBlob, PackedImage } from '@fairlead/images';

export interface SeedOptions {
  /** The registry's storage folder. */
  readonly folder: string;
  readonly repository: string;
  readonly tag: string;
  readonly image: PackedImage;
}

/** Puts an image into the storage of Debian's docker-registry (layout of `distribution`, v2); none need run. */
export async function seedRegistry({ folder, repository: name, tag, image }: SeedOptions): Promise<void> {
  const v2 = join(folder, 'docker/registry/v2');
  const repository = join(v2, 'repositories', name);
  for (const blob of [image.manifest, image.config, ...image.layers]) {
    const { hex, text } = blob.digest;
    await put(join(v2, 'blobs/sha256', hex.slice(0, 2), hex, 'data'), await contentOf(blob));
    await put(join(repository, '_layers/sha256', hex, 'link'), text);
  }
  const { hex, text } = image.manifest.digest;
  await put(join(repository, '_manifests/revisions/sha256', hex, 'link'), text);
  await put(join(repository, '_manifests/tags', tag, 'current/link'), text);
  await put(join(repository, '_manifests/tags', tag, 'index/sha256', hex, 'link'), text);
}

async function contentOf(blob: OutgoingBlob): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of blob.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function put(file: string, content: Buffer | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
