import { createHash } from 'node:crypto';
import { tarFiles } from './tar.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** An image without any file, to load once. */
export interface EmptyImage {
  /** `localhost/fairlead/empty:` and 40 hex digits of its content. */
  readonly name: string;
  /** About 10 KiB, a docker-archive and an OCI archive in one. */
  readonly tar: Uint8Array;
}

/**
 * The image from which containers are made that never start, only to reach a volume (L38, L39). It has no layer at
 * all; `Cmd` must be set, else engines refuse to create.
 * @param architecture GOARCH word of the engine's host
 */
export function emptyImage(architecture: string): EmptyImage {
  const config = blob('application/vnd.oci.image.config.v1+json', {
    architecture,
    os: 'linux',
    config: { Cmd: ['/x'] },
    rootfs: { type: 'layers', diff_ids: [] },
    history: [],
  });
  const manifest = blob(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: config.descriptor,
    layers: [],
  });
  const name = `localhost/fairlead/empty:${manifest.descriptor.digest.slice(7, 47)}`;
  // containers-image takes the image's name from the annotation when it reads the tar as an OCI archive.
  const named = { ...manifest.descriptor, annotations: { 'org.opencontainers.image.ref.name': name } };
  const tar = tarFiles([
    { name: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', content: json({ schemaVersion: 2, manifests: [named] }) },
    { name: config.path, content: config.bytes },
    { name: manifest.path, content: manifest.bytes },
    { name: 'manifest.json', content: json([{ Config: config.path, RepoTags: [name], Layers: [] }]) },
  ]);
  return { name, tar };
}

interface Blob {
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
}

function blob(mediaType: string, value: object): Blob {
  const bytes = json(value);
  const hash = createHash('sha256').update(bytes).digest('hex');
  return {
    bytes,
    path: `blobs/sha256/${hash}`,
    descriptor: { mediaType, digest: `sha256:${hash}`, size: bytes.length },
  };
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
