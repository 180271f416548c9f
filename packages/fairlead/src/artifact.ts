import { stat } from 'node:fs/promises';
import { parseImageReference, type ImageRef, type KubeInput, type RunSpec } from '@fairlead/core';
import type { BackendCall } from '@fairlead/core/backend';

/** What `select` can be asked for: a reference, an image, a whole spec, or a Kubernetes manifest. */
export type Selectable = string | ImageRef | RunSpec | KubeInput;

/** What was asked for, as found. */
export type Artifact =
  | { readonly kind: 'image'; readonly image: ImageRef; readonly file?: FileIdentity | undefined }
  | { readonly kind: 'manifest'; readonly source: string };

/** Which file it was, and in which state; for a folder the folder itself. */
export interface FileIdentity {
  /** Device and inode: the same for the same file under any name. */
  readonly id: string;
  readonly sizeBytes: number;
  /** RFC 3339. */
  readonly modifiedAt: string;
}

/** Tells what was asked for; a path is opened and its content decides, never its name. */
export async function resolveArtifact(what: Selectable, call: BackendCall): Promise<Artifact> {
  if (typeof what !== 'string' && isManifest(what)) return { kind: 'manifest', source: sourceOf(what) };
  const image = imageOf(what);
  const parsed = typeof image === 'string' ? parseImageReference(image) : image;
  if (parsed.format !== 'unknown') return toImage(parsed);
  const { detectInput } = await import('@fairlead/images');
  const found = await detectInput(parsed.path, call);
  return found.kind === 'manifest' ? { kind: 'manifest', source: parsed.path } : toImage(found.image);
}

async function toImage(image: ImageRef): Promise<Artifact> {
  if (image.format === 'registry') return { kind: 'image', image };
  // A file that is not there is told by whoever opens it, with its remedy.
  const facts = await stat(image.path).catch(() => undefined);
  if (facts === undefined) return { kind: 'image', image };
  const { dev, ino, size, mtime } = facts;
  return { kind: 'image', image, file: { id: `${dev}:${ino}`, sizeBytes: size, modifiedAt: mtime.toISOString() } };
}

/** The spec whose fields are the needs; a bare image needs nothing more. Undefined for a manifest. */
export function specOf(what: Selectable, artifact: Artifact): RunSpec | undefined {
  if (artifact.kind === 'manifest') return undefined;
  return typeof what === 'object' && 'image' in what ? { ...what, image: artifact.image } : { image: artifact.image };
}

function isManifest(what: Exclude<Selectable, string>): what is KubeInput {
  return 'yaml' in what || 'file' in what || 'objects' in what;
}

function sourceOf({ file }: KubeInput): string {
  return file === undefined ? 'given as text' : String(file);
}

function imageOf(what: Exclude<Selectable, KubeInput>): string | ImageRef {
  if (typeof what === 'string') return what;
  return 'image' in what ? what.image : what;
}
