import { FairleadError } from '@fairlead/core';
import { quote } from '../failure.ts';
import type { ImageTree, TreeNode } from './tree-node.ts';

/** Links followed on the way to one file; Linux stops at the same number. */
const mostLinks = 40;

/** What a path leads to, and the path itself without links in its folders, as UTF-8. */
export interface ResolvedPath {
  readonly path: string;
  readonly node: TreeNode;
}

/**
 * What a path in an image leads to, links followed as inside the image: none leads out of it.
 * @param follow also follow the last part, if that is a link
 * @throws FairleadError `INVALID_SPEC` if there is nothing, or a loop of links
 */
export async function resolvePath(
  tree: ImageTree,
  path: string,
  { follow }: { readonly follow: boolean },
): Promise<ResolvedPath> {
  const left = partsOf(Buffer.from(path, 'utf8').toString('latin1'));
  let trail: readonly (readonly [string, TreeNode])[] = [];
  let links = 0;
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (name === '..') {
      trail = trail.slice(0, -1);
      continue;
    }
    const folder = trail.at(-1)?.[1] ?? tree.root;
    const node = folder.facts.type === 'directory' ? await folder.child(name) : undefined;
    if (node === undefined) throw missing(tree, path, 'is not in it');
    const { type, target } = node.facts;
    if (type === 'symlink' && (follow || left.length > 0)) {
      links += 1;
      if (links > mostLinks) throw missing(tree, path, 'leads through a loop of links');
      if (target.startsWith('/')) trail = [];
      left.push(...partsOf(target));
      continue;
    }
    trail = [...trail, [name, node]];
  }
  const resolved = trail.map(([name]) => name).join('/');
  return { path: `/${resolved}`, node: trail.at(-1)?.[1] ?? tree.root };
}

/** The parts in the order in which they are popped. */
function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .toReversed();
}

function missing(tree: ImageTree, path: string, why: string): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    message: `${quote(tree.path)}: ${quote(path)} ${why}`,
    details: { path: tree.path, inImage: path },
  });
}
