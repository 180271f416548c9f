import type { FileImageRef } from '@fairlead/core';
import { sha256 } from '../oci/digest.ts';
import { mediaType } from '../oci/media-type.ts';
import type { PackedImage } from '../oci/packed-image.ts';
import { tarOf } from '../tar/write-tar.ts';
import { buildImage, type NewImage } from '../writer/build-image.ts';

/** A small image; `mark` makes it different from others. */
export function smallImage(mark: string, more: Partial<NewImage> = {}): PackedImage {
  return buildImage({
    layers: [
      [
        { type: 'directory', name: 'bin' },
        { type: 'file', name: 'bin/app', content: mark.repeat(100), mode: 0o755 },
      ],
      [{ type: 'file', name: 'mark', content: mark }],
    ],
    config: { command: ['/bin/app'], env: { MARK: mark }, labels: { mark }, architecture: 'amd64' },
    ...more,
  });
}

/** All bytes of a stream. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}


/** A descriptor as JSON. */
export type MadeDescriptor = Readonly<Record<string, unknown>>;

/** Collects blobs by hand, so that tests can forge what the writer would never write. */
export function layoutMaker(): {
  readonly files: Map<string, Uint8Array>;
  blob(type: string, content: Uint8Array | object, more?: object): MadeDescriptor;
  index(manifests: readonly MadeDescriptor[]): MadeDescriptor;
  image(architecture: string): MadeDescriptor;
  finish(manifests: readonly MadeDescriptor[]): Uint8Array;
} {
  const files = new Map<string, Uint8Array>();
  const blob = (type: string, content: Uint8Array | object, more: object = {}): MadeDescriptor => {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    const digest = sha256(bytes);
    files.set(`blobs/sha256/${digest.hex}`, bytes);
    return { mediaType: type, digest: digest.text, size: bytes.length, ...more };
  };
  const index = (manifests: readonly MadeDescriptor[]): MadeDescriptor =>
    blob(mediaType.index, { schemaVersion: 2, mediaType: mediaType.index, manifests });
  const image = (architecture: string): MadeDescriptor => {
    const layer = tarOf([{ type: 'file', name: 'arch', content: architecture }]);
    const rootfs = { type: 'layers', diff_ids: [sha256(layer).text] };
    const config = blob(mediaType.config, { architecture, os: 'linux', config: {}, rootfs });
    const layers = [blob(mediaType.layer, layer)];
    const manifest = { schemaVersion: 2, mediaType: mediaType.manifest, config, layers };
    return blob(mediaType.manifest, manifest, { platform: { os: 'linux', architecture } });
  };
  const finish = (manifests: readonly MadeDescriptor[]): Uint8Array => {
    const all = new Map(files);
    all.set('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
    all.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
    return tarOf([...all].map(([name, content]) => ({ type: 'file', name, content })));
  };
  return { files, blob, index, image, finish };
}

/** A reference to an archive. */
export function ociArchive(path: string, member?: string): FileImageRef {
  return { format: 'oci-archive', path, member };
}
