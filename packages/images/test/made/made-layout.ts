import { createHash } from 'node:crypto';
import { mediaType } from '../../src/oci/media-type.ts';
import { madeTar, type MadeMember } from './made-tar.ts';

/** JSON that may be anything. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A document on its way into an image: given its value, gives what is written instead. */
export type DocumentEdit = (document: DocumentName, value: Json) => Json | Uint8Array;

/** The documents of an image. */
export type DocumentName = 'config' | 'manifest' | 'index' | 'oci-layout' | 'manifest.json';

/** What an image is made of. */
export interface MadeLayout {
  /** Stored bytes of each layer. */
  readonly layers?: readonly MadeLayer[];
  readonly edit?: DocumentEdit;
  /** Put beside the images. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
}

/** A layer and the tar that it expands to. */
export interface MadeLayer {
  readonly stored: Uint8Array;
  readonly tar: Uint8Array;
  readonly mediaType: string;
}

/** A layer that is not compressed. */
export function plainLayer(members: readonly MadeMember[] = [{ name: 'a', content: 'x' }]): MadeLayer {
  const tar = madeTar(members);
  return { stored: tar, tar, mediaType: mediaType.layer };
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function bytesOf(value: Json | Uint8Array): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
}

/** The files of an OCI layout by path; what refers to an edited document has its new digest. */
export function madeLayout({ layers = [plainLayer()], edit, files = {} }: MadeLayout = {}): Map<string, Uint8Array> {
  const all = new Map<string, Uint8Array>();
  const write = (document: DocumentName, value: Json): Uint8Array => bytesOf(edit?.(document, value) ?? value);
  const blob = (type: string, bytes: Uint8Array): Json => {
    const digest = digestOf(bytes);
    all.set(`blobs/sha256/${digest.slice(7)}`, bytes);
    return { mediaType: type, digest, size: bytes.length };
  };
  const stored = layers.map((layer) => blob(layer.mediaType, layer.stored));
  const config = blob(mediaType.config, write('config', configOf(layers)));
  const manifest = { schemaVersion: 2, mediaType: mediaType.manifest, config, layers: stored };
  const described = blob(mediaType.manifest, write('manifest', manifest));
  all.set('oci-layout', write('oci-layout', { imageLayoutVersion: '1.0.0' }));
  all.set('index.json', write('index', { schemaVersion: 2, manifests: [described] }));
  for (const [name, content] of Object.entries(files)) all.set(name, Buffer.from(content));
  return all;
}

/** The members of a docker-archive, `manifest.json` last. */
export function madeDockerArchive({ layers = [plainLayer()], edit, files = {} }: MadeLayout = {}): MadeMember[] {
  const write = (document: DocumentName, value: Json): Uint8Array => bytesOf(edit?.(document, value) ?? value);
  const config = write('config', configOf(layers));
  const name = `${digestOf(config).slice(7)}.json`;
  const names = layers.map((_, at) => `layer${at}.tar`);
  const list = [{ Config: name, RepoTags: ['localhost/x:1'], Layers: names }];
  return [
    ...layers.map(({ stored }, at): MadeMember => ({ name: names[at] ?? '', content: stored })),
    { name, content: config },
    { name: 'manifest.json', content: write('manifest.json', list) },
    ...Object.entries(files).map(([path, content]): MadeMember => ({ name: path, content })),
  ];
}

/** An archive of the files of a layout; members are in the order of the map. */
export function archiveMembers(files: ReadonlyMap<string, Uint8Array>): MadeMember[] {
  return [...files].map(([name, content]) => ({ name, content }));
}

function configOf(layers: readonly MadeLayer[]): Json {
  return {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['A=1'], Cmd: ['/bin/sh'], Labels: { a: 'b' } },
    rootfs: { type: 'layers', diff_ids: layers.map(({ tar }) => digestOf(tar)) },
  };
}
