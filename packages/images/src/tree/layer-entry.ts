import { corrupt } from '../failure.ts';
import { expand } from '../expanded-source.ts';
import { limits } from '../limits.ts';
import { verify } from '../oci/verify.ts';
import type { Inode } from '../squashfs/inode.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import { isWhiteout, marksOpaque } from '../layer/whiteouts.ts';
import { streamReader } from '../tar/byte-reader.ts';
import { readTar } from '../tar/read-tar.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import type { StoredLayer } from '../convert/stored-image.ts';
import { factsOf, squashfsContent } from './squashfs-node.ts';
import { tarContent, type TarLayer } from './tar-content.ts';
import type { NodeFacts } from './tree-node.ts';

/** What a layer says of one path; paths are parts, byte for byte in Latin-1, none for the root. */
export type LayerEntry =
  | {
      readonly kind: 'node';
      readonly path: readonly string[];
      readonly facts: NodeFacts;
      /** Undefined for what has none. It is held as long as the tree: it must keep nothing of the layer's headers. */
      readonly content: (() => AsyncIterable<Uint8Array>) | undefined;
      /** What its content keeps for each file beside a place, in bytes. */
      readonly heldBytes: number;
    }
  /** Another name for what the path `to` has led to so far. */
  | { readonly kind: 'link'; readonly path: readonly string[]; readonly to: readonly string[] }
  /** Nothing of that path is left of the layers below. */
  | { readonly kind: 'whiteout'; readonly path: readonly string[] }
  /** Nothing in that folder is left of the layers below. */
  | { readonly kind: 'opaque'; readonly path: readonly string[] };

/** What a tar layer says; it is read to its end, and its digest verified. @throws FairleadError `CORRUPT_IMAGE` */
export async function* tarLayerEntries(from: TarLayer): AsyncGenerator<LayerEntry, void, void> {
  const { layer, path } = from;
  await using reader = streamReader(path, verifiedTar(layer, path));
  for await (const entry of readTar(reader, limits.inodes)) {
    const parts = partsOf(entry, path, entry.rawName);
    const name = parts.at(-1) ?? '';
    const folder = parts.slice(0, -1);
    if (name === '.wh..wh..opq') yield { kind: 'opaque', path: folder };
    else if (name.startsWith('.wh.')) yield { kind: 'whiteout', path: [...folder, name.slice(4)] };
    else if (entry.type === 'link') yield { kind: 'link', path: parts, to: partsOf(entry, path, entry.rawTarget) };
    else if (entry.type !== 'other') {
      yield {
        kind: 'node',
        path: parts,
        facts: tarFacts(entry, entry.type),
        content: entry.type === 'file' ? tarContent(from, entry) : undefined,
        heldBytes: (entry.sparse?.length ?? 0) * 8,
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
      yield { kind: 'node', path: parts, facts: factsOf(inode), content: contentOf(squashfs, inode), heldBytes: 0 };
      const xattrs =
        inode.type === 'directory' && inode.xattrs !== undefined ? await squashfs.xattrs.read(inode.xattrs) : [];
      if (xattrs.some(marksOpaque)) yield { kind: 'opaque', path: parts };
    }
  }
}

/** The content of a file; of all else nothing is kept. */
function contentOf(squashfs: Squashfs, inode: Inode): (() => AsyncIterable<Uint8Array>) | undefined {
  return inode.type === 'file' ? () => squashfsContent(squashfs, inode) : undefined;
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

function tarFacts(entry: TarEntry, type: NodeFacts['type']): NodeFacts {
  const { mode, uid, gid, mtimeSeconds, size, major, minor } = entry;
  const target = type === 'symlink' ? Buffer.from(entry.rawTarget).toString('latin1') : '';
  return { type, mode, uid, gid, mtimeSeconds, size, target, major, minor };
}

function partsOf(entry: TarEntry, path: string, name: Uint8Array): readonly string[] {
  const text = Buffer.from(name).toString('latin1');
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..') && parts.length <= limits.folderDepth) return parts;
  const why = parts.includes('..') ? 'a name that leads out of the root' : `more than ${limits.folderDepth} folders`;
  throw corrupt({ path, where: `byte ${entry.offset} of a layer`, why });
}
