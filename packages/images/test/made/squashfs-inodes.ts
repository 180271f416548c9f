import type { FieldWriter, Edit } from './field-writer.ts';
import type { MadeRef, MetadataStream } from './metadata-stream.ts';
import type { PlacedContent, SquashfsContent } from './squashfs-content.ts';
import { writeFolder, type WrittenNode } from './squashfs-folder.ts';
import type { MadeFile, MadeFolder, MadeNode } from './squashfs-tree.ts';

/** What writing inodes needs. */
export interface InodeOptions {
  readonly content: SquashfsContent;
  readonly blockSize: number;
  readonly edit: Edit;
  readonly stream: (name: string) => MetadataStream;
}

export interface WrittenInodes {
  readonly inodes: MetadataStream;
  readonly folders: MetadataStream;
  readonly root: MadeRef;
  readonly count: number;
}

const none = 0xffff_ffff;

/** The number of each basic type; the extended one is 7 higher. */
const typeNumbers: Readonly<Record<MadeNode['type'], number>> = {
  directory: 1,
  file: 2,
  symlink: 3,
  'block-device': 4,
  'character-device': 5,
  fifo: 6,
  socket: 7,
};

/** Writes the inodes of a tree, those of a folder's content before its own. */
export function writeInodes(tree: MadeFolder, options: InodeOptions): WrittenInodes {
  const writer = new InodeWriter(tree, options);
  const root = writer.write(tree, '/');
  return { inodes: writer.inodes, folders: writer.folders, root: root.ref, count: writer.count };
}

class InodeWriter {
  readonly inodes: MetadataStream;
  readonly folders: MetadataStream;
  count = 0;
  private readonly content: SquashfsContent;
  private readonly links = new Map<MadeNode, number>();
  private readonly written = new Map<MadeNode, WrittenNode>();

  constructor(tree: MadeFolder, { content, stream }: InodeOptions) {
    this.inodes = stream('inode table');
    this.folders = stream('folder table');
    this.content = content;
    this.countLinks(tree);
  }

  write(node: MadeNode, path: string): WrittenNode {
    const known = this.written.get(node);
    if (known !== undefined) return known;
    const inside = path === '/' ? '' : path;
    const children =
      node.type === 'directory'
        ? node.children.map(([name, child]) => ({ name, node: this.write(child, `${inside}/${name}`) }))
        : [];
    this.count += 1;
    const number = this.count;
    const listing = node.type === 'directory' ? writeFolder(this.folders, path, children) : undefined;
    const placed = node.type === 'file' ? this.content.add(node) : undefined;
    const ref = this.inodes.here;
    this.inodes.record((fields) => this.inode(fields, { node, path, number, listing, placed }));
    const result = { ref, number, type: typeNumbers[node.type] };
    this.written.set(node, result);
    return result;
  }

  private countLinks(node: MadeNode): void {
    const links = this.links.get(node) ?? 0;
    this.links.set(node, links + 1);
    if (node.type === 'directory' && links === 0) for (const [, child] of node.children) this.countLinks(child);
  }

  private inode(fields: FieldWriter, { node, path, number, listing, placed }: Fields): void {
    const links = this.links.get(node) ?? 1;
    const large = node.type === 'file' && (links > 1 || (placed?.size ?? 0) > 0xffff_ffff);
    // The basic form of a folder has 16 bits for the size of its listing.
    const long = (listing?.size ?? 0) + 3 > 0xffff;
    const extended = large || long || node.xattrs !== undefined;
    const put = (name: string, bytes: 2 | 4 | 8, value: number | bigint): void =>
      fields.field(`inode ${path} ${name}`, bytes, value);
    put('type', 2, typeNumbers[node.type] + (extended ? 7 : 0));
    put('mode', 2, node.mode ?? (node.type === 'directory' ? 0o755 : 0o644));
    put('uid', 2, node.uid ?? 0);
    put('gid', 2, node.gid ?? 0);
    put('mtime', 4, 1_600_000_000);
    put('number', 4, number);
    const xattrs = (): void => put('xattrs', 4, node.xattrs ?? none);
    if (node.type === 'directory') folderFields(put, { extended, listing, xattrs });
    else if (node.type === 'file') fileFields(put, { extended, links, placed, node, xattrs });
    else {
      put('links', 4, links);
      if (node.type === 'symlink') {
        put('length', 4, node.target.length);
        fields.raw(Buffer.from(node.target, 'latin1'));
      }
      if ('major' in node) put('device', 4, deviceOf(node.major, node.minor));
      if (extended) xattrs();
    }
  }
}

interface Fields {
  readonly node: MadeNode;
  readonly path: string;
  readonly number: number;
  readonly listing: (MadeRef & { readonly size: number }) | undefined;
  readonly placed: PlacedContent | undefined;
}

type Put = (name: string, bytes: 2 | 4 | 8, value: number | bigint) => void;

function folderFields(
  put: Put,
  { extended, listing, xattrs }: Pick<Fields, 'listing'> & { readonly extended: boolean; readonly xattrs: () => void },
): void {
  const { block = 0, offset = 0, size = 0 } = listing ?? {};
  if (!extended) {
    put('block', 4, block);
    put('links', 4, 2);
    put('size', 2, size + 3);
    put('offset', 2, offset);
    put('parent', 4, 1);
    return;
  }
  put('links', 4, 2);
  put('size', 4, size + 3);
  put('block', 4, block);
  put('parent', 4, 1);
  put('indexes', 2, 0);
  put('offset', 2, offset);
  xattrs();
}

interface FileFields extends Pick<Fields, 'placed'> {
  readonly extended: boolean;
  readonly links: number;
  readonly node: MadeFile;
  readonly xattrs: () => void;
}

function fileFields(put: Put, { extended, links, placed, xattrs }: FileFields): void {
  const { start, size, fragment, words } = placed ?? { start: 0, size: 0, fragment: undefined, words: [] };
  if (extended) {
    put('start', 8, start);
    put('size', 8, size);
    put('sparse', 8, 0);
    put('links', 4, links);
  } else put('start', 4, start);
  put('fragment', 4, fragment?.index ?? none);
  put('fragment offset', 4, fragment?.offset ?? 0);
  if (extended) xattrs();
  else put('size', 4, size);
  for (const [at, word] of words.entries()) put(`block ${at}`, 4, word);
}

function deviceOf(major: number, minor: number): number {
  return ((major << 8) | (minor & 0xff) | ((minor & 0xf_ff00) << 12)) >>> 0;
}
