import { FairleadError, type Call } from '@fairlead/core';
import { deadline } from '../deadline.ts';
import { eventLoopTurns } from '../event-loop-turn.ts';
import { quote } from '../failure.ts';
import { limits } from '../limits.ts';
import type { ImageInput } from '../source.ts';
import { openTree, type ImageChoice } from './open-tree.ts';
import { resolvePath } from './resolve-path.ts';
import type { ImageTree, NodeFacts, TreeNode } from './tree-node.ts';

/** Something in an image's file system. */
export interface ImageEntry extends Omit<NodeFacts, 'target'> {
  /** Absolute, decoded as UTF-8. */
  readonly path: string;
  /** The same byte for byte: names need not be UTF-8. */
  readonly rawPath: Uint8Array;
  /** Of a symbolic link, decoded as UTF-8; else empty. */
  readonly target: string;
  /** The same byte for byte. */
  readonly rawTarget: Uint8Array;
}

/** What to list. */
export interface ListImageOptions extends ImageChoice, Call {
  /** A folder, and all that is in it, or a file. Links on the way are followed inside the image. Default `/`. */
  readonly path?: string | undefined;
  /** Also what is in the folders in it. Default true. */
  readonly recursive?: boolean | undefined;
}

/**
 * What is in an image, a folder before its content, names in the order of their bytes; nothing is unpacked.
 *
 * Cost: of a SIF or squashfs, only the metadata of the folders that are listed is read. Of an OCI image every layer is
 * read once to its end, expanded and verified, before the first entry is given, and the names of all files are held.
 * `for await (const { path, size } of listImage('model.sif', { path: '/opt' })) …`
 * @throws FairleadError as `detectImage`; `INVALID_SPEC` for a path that is not in the image; `CONVERSION_FAILED` for a
 * root file system that is not read here
 */
export async function* listImage(
  input: ImageInput,
  options: ListImageOptions = {},
): AsyncGenerator<ImageEntry, void, void> {
  using limit = deadline(options, 'list');
  await using tree = await openTree(input, options, limit.signal);
  yield* listTree(tree, options);
}

/** The same of an image that is open. */
export async function* listTree(
  tree: ImageTree,
  options: Pick<ListImageOptions, 'path' | 'recursive'> = {},
): AsyncGenerator<ImageEntry, void, void> {
  const { path, node } = await resolvePath(tree, options.path ?? '/', { follow: false });
  if (node.facts.type !== 'directory') yield entryOf(path, node);
  else yield* walkTree(tree, path, node, options.recursive ?? true);
}

interface Folder {
  readonly path: string;
  readonly names: AsyncIterator<readonly [string, TreeNode]>;
}

async function* walkTree(
  tree: ImageTree,
  path: string,
  node: TreeNode,
  recursive: boolean,
): AsyncGenerator<ImageEntry, void, void> {
  const folders: Folder[] = [{ path, names: node.children()[Symbol.asyncIterator]() }];
  const turn = eventLoopTurns(tree.signal);
  let count = 0;
  for (let folder = folders.at(-1); folder !== undefined; folder = folders.at(-1)) {
    const next = await folder.names.next();
    if (next.done === true) {
      folders.pop();
      continue;
    }
    const [name, child] = next.value;
    const below = folder.path === '/' ? `/${name}` : `${folder.path}/${name}`;
    count += 1;
    if (count > limits.inodes || folders.length > limits.folderDepth) throw endless(tree);
    yield entryOf(below, child);
    if (recursive && child.facts.type === 'directory') {
      folders.push({ path: below, names: child.children()[Symbol.asyncIterator]() });
    }
    await turn();
  }
}

function entryOf(path: string, { facts }: TreeNode): ImageEntry {
  const rawPath = Uint8Array.from(Buffer.from(path, 'latin1'));
  const rawTarget = Uint8Array.from(Buffer.from(facts.target, 'latin1'));
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  return { ...facts, path: text(rawPath), rawPath, target: text(rawTarget), rawTarget };
}

/** Folders that lead into themselves are found where everything is walked; here only some of them are. */
function endless({ path }: ImageTree): FairleadError {
  return new FairleadError({
    code: 'POLICY_DENIED',
    message: `${quote(path)} has folders that are too deep or too many to list`,
    hint: `At most ${limits.inodes} files, ${limits.folderDepth} folders deep, are listed.`,
    details: { path },
  });
}
