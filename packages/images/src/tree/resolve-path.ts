import { FairleadError } from '@fairlead/core';
import { eventLoopTurns } from '../event-loop-turn.ts';
import { quote } from '../failure.ts';
import { followPath, type FollowedPath } from '../follow-path.ts';
import type { ImageTree, TreeNode } from './tree-node.ts';

/** What a path leads to, and the path itself without links in its folders, byte for byte in Latin-1. */
export interface ResolvedPath {
  readonly path: string;
  readonly node: TreeNode;
}

/**
 * What a path in an image leads to, links followed as inside the image: none leads out of it.
 * @param follow also follow the last part, if that is a link
 * @throws FairleadError `INVALID_SPEC` if there is nothing, a loop of links, or a way longer than any real one
 */
export async function resolvePath(
  tree: ImageTree,
  path: string,
  options: { readonly follow: boolean },
): Promise<ResolvedPath> {
  const steps = {
    root: tree.root,
    look: ({ facts }: TreeNode) => facts,
    child: (folder: TreeNode, name: string) => folder.child(name),
    turn: eventLoopTurns(tree.signal),
  };
  const followed = await followPath(steps, Buffer.from(path, 'utf8').toString('latin1'), options);
  if (followed.kind === 'found') return { path: `/${followed.names.join('/')}`, node: followed.node };
  throw new FairleadError({
    code: 'INVALID_SPEC',
    message: `${quote(tree.path)}: ${quote(path)} ${reasons[followed.kind]}`,
    details: { path: tree.path, inImage: path },
  });
}

const reasons: Readonly<Record<Exclude<FollowedPath<TreeNode>['kind'], 'found'>, string>> = {
  nothing: 'is not in it',
  loop: 'leads through a loop of links',
  'too far': 'leads through more links and folders than any real path',
};
