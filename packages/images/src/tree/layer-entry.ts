import { corrupt } from '../failure.ts';
import { expand } from '../expanded-source.ts';
import { limits } from '../limits.ts';
import { verify } from '../oci/verify.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import { isWhiteout, marksOpaque } from '../layer/whiteouts.ts';
import { streamReader } from '../tar/byte-reader.ts';
import { readTar } from '../tar/read-tar.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import type { StoredLayer } from '../convert/stored-image.ts';
import { factsOf, squashfsContent } from './squashfs-node.ts';
import type { NodeFacts } from './tree-node.ts';

/** What a layer says of one path; paths are parts, byte for byte in Latin-1, none for the root. */
export type LayerEntry =
  | {
      readonly kind: 'node';
      readonly path: readonly string[];
      readonly facts: NodeFacts;
      readonly content: () => AsyncIterable<Uint8Array>;
    }
  /** Another name for what the path `to` has led to so far. */
  | { readonly kind: 'link'; readonly path: readonly string[]; readonly to: readonly string[] }
  /** Nothing of that path is left of the layers below. */
  | { readonly kind: 'whiteout'; readonly path: readonly string[] }
  /** Nothing in that folder is left of the layers below. */
  | { readonly kind: 'opaque'; readonly path: readonly string[] };

/** What a tar layer says; it is read to its end, and its digest verified. @throws FairleadError `CORRUPT_IMAGE` */
export async function* tarLayerEntries(layer: StoredLayer, path: string): AsyncGenerator<LayerEntry, void, void> {
  await using reader = streamReader(path, verifiedTar(layer, path));
  for await (const entry of readTar(reader, limits.inodes)) {
    const parts = partsOf(entry, path, Buffer.from(entry.rawName).toString('latin1'));
    const name = parts.at(-1) ?? '';
    const folder = parts.slice(0, -1);
    if (name === '.wh..wh..opq') yield { kind: 'opaque', path: folder };
    else if (name.startsWith('.wh.')) yield { kind: 'whiteout', path: [...folder, name.slice(4)] };
    else if (entry.type === 'link') yield { kind: 'link', path: parts, to: partsOf(entry, path, latin1(entry.target)) };
    else if (entry.type !== 'other') {
      yield {
        kind: 'node',
        path: parts,
        facts: tarFacts(entry, entry.type),
        content: () => tarContent(layer, path, entry),
      };
    }
  }
  // The end of the archive is not the end of the stream, whose last bytes tell whether it is genuine.
  await reader.drain();
}

/** What a file system says that is one of several layers: its devices 0:0 and opaque folders delete. */
export async function* squashfsLayerEntries(squashfs: Squashfs): AsyncGenerator<LayerEntry, void, void> {
  for await (const batch of squashfs.walk()) {
    for (const { path, inode, linkTo } of batch) {
      const parts = path === '' ? [] : path.split('/');
      if (isWhiteout(inode)) {
        yield { kind: 'whiteout', path: parts };
        continue;
      }
      if (linkTo !== undefined) {
        yield { kind: 'link', path: parts, to: linkTo.split('/') };
        continue;
      }
      yield { kind: 'node', path: parts, facts: factsOf(inode), content: () => squashfsContent(squashfs, inode) };
      const xattrs =
        inode.type === 'directory' && inode.xattrs !== undefined ? await squashfs.xattrs.read(inode.xattrs) : [];
      if (xattrs.some(marksOpaque)) yield { kind: 'opaque', path: parts };
    }
  }
}

/** The layer's tar; its digest, or that of the tar where nothing tells that of its stored form, is verified on the way. */
function verifiedTar(layer: StoredLayer, path: string): AsyncIterable<Uint8Array> {
  const { digest, size, compression, diffId } = layer;
  const where = `layer ${digest?.text ?? diffId.text}`;
  const stored = digest === undefined ? layer.stream() : verify(layer.stream(), { digest, size, path, where });
  if (compression === 'none' && digest !== undefined) return stored;
  const tar = compression === 'none' ? stored : expand(stored, { path, compression });
  return verify(tar, { digest: diffId, size: undefined, path, where });
}

async function* tarContent(
  layer: StoredLayer,
  path: string,
  { offset, size }: TarEntry,
): AsyncGenerator<Uint8Array, void, void> {
  const { compression } = layer;
  const stored = layer.stream();
  await using reader = streamReader(path, compression === 'none' ? stored : expand(stored, { path, compression }));
  await reader.skip(offset);
  for (let left = size; left > 0;) {
    const part = await reader.some(left);
    left -= part.length;
    yield part;
  }
}

function tarFacts(entry: TarEntry, type: NodeFacts['type']): NodeFacts {
  const { mode, uid, gid, mtimeSeconds, size, major, minor } = entry;
  const target = type === 'symlink' ? latin1(entry.target) : '';
  return { type, mode, uid, gid, mtimeSeconds, size, target, major, minor };
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function partsOf(entry: TarEntry, path: string, name: string): readonly string[] {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..') && parts.length <= limits.folderDepth) return parts;
  const why = parts.includes('..') ? 'a name that leads out of the root' : `more than ${limits.folderDepth} folders`;
  throw corrupt({ path, where: `byte ${entry.offset} of a layer`, why });
}
