import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

/**
 * Writes a copy of an OCI layout with one image into a folder of its own below `folder`, whose config has a label
 * that no image has: another digest, and so an image that no engine has loaded (image-layout.md of the OCI image
 * specification).
 */
export async function unseenLayout(layout: string, folder: string): Promise<string> {
  const copy = await mkdtemp(join(folder, 'unseen-'));
  await cp(layout, copy, { recursive: true });
  // The lab wrote the layout: an index with one manifest of one image.
  const index = (await readJson(join(copy, 'index.json'))) as { readonly manifests: readonly Descriptor[] };
  const [described] = index.manifests;
  if (described === undefined) throw new Error(`${layout} has no image`);
  // As above.
  const manifest = (await readJson(blob(copy, described.digest))) as { readonly config: Descriptor };
  // As above.
  const image = (await readJson(blob(copy, manifest.config.digest))) as { readonly config?: object };
  const labels = { 'org.example.salt': randomBytes(16).toString('hex') };
  const config = await writeBlob(copy, { ...image, config: { ...image.config, Labels: labels } });
  const changed = await writeBlob(copy, { ...manifest, config: { ...manifest.config, ...config } });
  await writeFile(join(copy, 'index.json'), JSON.stringify({ ...index, manifests: [{ ...described, ...changed }] }));
  return copy;
}

async function writeBlob(layout: string, value: object): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await writeFile(blob(layout, digest), text);
  return { digest, size: Buffer.byteLength(text) };
}

function blob(layout: string, digest: string): string {
  return join(layout, 'blobs', digest.replace(':', '/'));
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}
