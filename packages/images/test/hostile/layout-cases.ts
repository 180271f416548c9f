import { mediaType } from '../../src/oci/media-type.ts';
import { madeLayout, type DocumentName, type Json } from '../made/made-layout.ts';
import type { HostileCase, HostileClass, MadeFile } from './hostile-case.ts';

/** What a case of a layout has to say. */
export type LayoutRefusal = Pick<HostileCase, 'where' | 'how'> & Partial<Pick<HostileCase, 'code' | 'known'>>;

/** A layout of these files. */
export function layoutCase(
  name: string,
  refusal: LayoutRefusal,
  make: () => ReadonlyMap<string, MadeFile>,
): HostileCase {
  return { code: 'CORRUPT_IMAGE', known: 'metadata', ...refusal, name, format: 'oci-layout', make };
}

/** A layout with one document changed, and its digest wherever it is referred to. */
function edited(
  name: string,
  wanted: DocumentName,
  refusal: LayoutRefusal,
  change: (value: Record<string, Json>) => Json | Uint8Array,
): HostileCase {
  // Documents of images are objects.
  const edit = (document: DocumentName, value: Json): Json | Uint8Array =>
    document === wanted ? change({ ...(value as Record<string, Json>) }) : value;
  return layoutCase(name, refusal, () => madeLayout({ edit }));
}

/** A layout with one file changed, and no digest. */
function damaged(
  name: string,
  refusal: LayoutRefusal,
  change: (files: Map<string, MadeFile>, blob: (type: string) => string) => void,
): HostileCase {
  return layoutCase(name, refusal, () => {
    const files = new Map<string, MadeFile>(madeLayout());
    const blob = (type: string): string => {
      const found = [...files].find(([path, bytes]) => path.startsWith('blobs') && isOf(bytes, type));
      return found?.[0] ?? '';
    };
    change(files, blob);
    return files;
  });
}

function isOf(bytes: MadeFile, type: string): boolean {
  if (!(bytes instanceof Uint8Array)) return false;
  const content = Buffer.from(bytes).toString('latin1');
  if (type === 'layer') return !content.startsWith('{');
  return type === 'config' ? content.includes('"diff_ids"') : content.includes('"layers":');
}

const zero = `sha256:${'0'.repeat(64)}`;
const descriptor = { mediaType: mediaType.manifest, digest: zero, size: 2 };
const index = { where: /^index\.json/ };
const manifest = { where: /^manifest sha256/ };

const layouts: HostileClass = {
  name: 'OCI layouts',
  cases: [
    damaged('no index', { how: 'index.json removed', code: 'INVALID_IMAGE', where: /is no OCI layout/ }, (files) =>
      files.delete('index.json'),
    ),
    damaged('no JSON', { how: 'index.json = patients', ...index }, (files) =>
      files.set('index.json', Buffer.from('patients')),
    ),
    damaged('an index of 5 MiB', { how: 'blanks', where: /^its size/ }, (files) =>
      files.set('index.json', Buffer.alloc(5_242_880, ' ')),
    ),
    damaged('an index that leads out', { how: 'index.json -> /etc/passwd', ...index }, (files) =>
      files.set('index.json', { link: '/etc/passwd' }),
    ),
    damaged('a manifest of another digest', { how: 'one byte changed', where: /^blob/ }, (files, blob) =>
      files.set(blob('manifest'), changedByte(files.get(blob('manifest')))),
    ),
    damaged('a config of another digest', { how: 'one byte changed', where: /^blob/ }, (files, blob) =>
      files.set(blob('config'), changedByte(files.get(blob('config')))),
    ),
    damaged(
      'a layer of another digest',
      { how: 'one byte changed', where: /^layer/, known: 'content' },
      (files, blob) => files.set(blob('layer'), changedByte(files.get(blob('layer')))),
    ),
    damaged('a layer that is missing', { how: 'removed', where: /^blob/ }, (files, blob) =>
      files.delete(blob('layer')),
    ),
    damaged('a layer that leads out', { how: 'a link to /etc/passwd', where: /^blob/ }, (files, blob) =>
      files.set(blob('layer'), { link: '/etc/passwd' }),
    ),
    damaged('a layer that never ends', { how: 'a link to /dev/zero', where: /^blob/ }, (files, blob) =>
      files.set(blob('layer'), { link: '/dev/zero' }),
    ),
    edited('a digest that leads out', 'index', { how: 'digest = ../../../etc/passwd', ...index }, (value) => ({
      ...value,
      manifests: [{ ...descriptor, digest: '../../../etc/passwd' }],
    })),
    edited('a digest with a path behind it', 'index', { how: 'digest = sha256:000…/../x', ...index }, (value) => ({
      ...value,
      manifests: [{ ...descriptor, digest: `${zero}/../x` }],
    })),
    edited('a negative size', 'index', { how: 'size = -1', ...index }, (value) => ({
      ...value,
      manifests: [{ ...descriptor, size: -1 }],
    })),
    edited('5000 manifests', 'index', { how: 'one 5000 times', ...index }, (value) => ({
      ...value,
      manifests: Array.from({ length: 5000 }, () => descriptor),
    })),
    edited('2000 layers', 'manifest', { how: 'one 2000 times', ...manifest }, (value) => ({
      ...value,
      layers: Array.from({ length: 2000 }, () => descriptor),
    })),
    edited(
      'a layer that engines cannot unpack',
      'manifest',
      { how: 'mediaType = text/plain', code: 'CONVERSION_FAILED', where: /^layer/ },
      (value) => ({ ...value, layers: [{ ...descriptor, mediaType: 'text/plain' }] }),
    ),
    edited(
      'a manifest of schema 1',
      'manifest',
      { how: 'schemaVersion = 1', code: 'INVALID_IMAGE', where: /schema 1/ },
      (value) => ({ ...value, schemaVersion: 1 }),
    ),
    edited('too few diff_ids', 'config', { how: 'diff_ids = []', where: /^its config/ }, (value) => ({
      ...value,
      rootfs: { diff_ids: [] },
    })),
    layoutCase('an index in an index in an index', { how: 'six of them', where: /^blob/ }, () => nested(6)),
  ],
};

/** A changed byte where JSON allows any: the length stays. */
function changedByte(bytes: MadeFile | undefined): Uint8Array {
  const copy = Buffer.from(bytes instanceof Uint8Array ? bytes : []);
  copy[copy.length - 3] = (copy[copy.length - 3] ?? 0) ^ 1;
  return copy;
}

function nested(depth: number): ReadonlyMap<string, MadeFile> {
  let files = madeLayout();
  for (let left = depth; left > 0; left -= 1) {
    const inner = files.get('index.json') ?? Buffer.alloc(0);
    const outer = madeLayout({ edit: (document, value) => (document === 'manifest' ? inner : value) });
    const text = Buffer.from(outer.get('index.json') ?? []).toString();
    files = new Map([...files, ...outer, ['index.json', Buffer.from(text.replace('image.manifest', 'image.index'))]]);
  }
  return files;
}

const json: HostileClass = {
  name: 'JSON',
  cases: [
    edited('nested 100 000 deep', 'config', { how: 'a list in a list in a list', where: /^config/ }, () =>
      Buffer.from(`{"rootfs":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    ),
    edited('a document in __proto__', 'manifest', { how: '{ "__proto__": { "config": … } }', ...manifest }, () =>
      Buffer.from('{"__proto__":{"config":{},"layers":[]}}'),
    ),
    edited('rootfs in __proto__', 'config', { how: '{ "__proto__": { "rootfs": … } }', where: /^its config/ }, () =>
      Buffer.from('{"__proto__":{"rootfs":{"diff_ids":[]}}}'),
    ),
    edited('not UTF-8', 'index', { how: 'the byte FF in a text', ...index }, () =>
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ),
    edited('two documents', 'index', { how: '{}{}', ...index }, () => Buffer.from('{}{}')),
    edited('a text instead of a document', 'manifest', { how: '"manifest"', ...manifest }, () => 'manifest'),
    edited('numbers instead of digests', 'config', { how: 'diff_ids = [1]', where: /^its config/ }, (value) => ({
      ...value,
      rootfs: { diff_ids: [1] },
    })),
    edited('annotations that are objects', 'index', { how: 'annotations = { a: {} }', ...index }, (value) => ({
      ...value,
      manifests: [{ ...descriptor, annotations: { a: {} } }],
    })),
  ],
};

/** OCI layouts and their documents. */
export const layoutClasses: readonly HostileClass[] = [layouts, json];
