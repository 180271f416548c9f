import { limits } from './limits.ts';

/** Links followed on the way to one file; Linux stops at the same number. */
const mostLinks = 40;

/** A file system in which a path is followed; names and targets are byte for byte in Latin-1. */
export interface PathSteps<N> {
  readonly root: N;
  /** What something is; `target` counts for symbolic links. */
  look(node: N): { readonly type: string; readonly target: string };
  /** What has that name in a folder. */
  child(folder: N, name: string): Promise<N | undefined>;
  /** Called between lookups. */
  turn(): Promise<void>;
}

/** What a path leads to; or that there is nothing, a loop of links, or a way longer than any real one. */
export type FollowedPath<N> =
  | { readonly kind: 'found'; readonly names: readonly string[]; readonly node: N }
  | { readonly kind: 'nothing' | 'loop' | 'too far' };

/**
 * Follows a path from the root, links as inside the file system: none leads out of it. A few links of thousands of parts
 * through a large folder would cost hours, so links add `limits.lookups` lookups at most to those of the path itself.
 * @param follow also follow the last part, if that is a link
 */
export async function followPath<N>(
  steps: PathSteps<N>,
  path: string,
  { follow }: { readonly follow: boolean },
): Promise<FollowedPath<N>> {
  const { root, look, child, turn } = steps;
  const left = partsOf(path);
  let lookups = left.length + limits.lookups;
  let links = mostLinks;
  let trail: readonly (readonly [string, N])[] = [];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    await turn();
    const folder = trail.at(-1)?.[1] ?? root;
    if (look(folder).type !== 'directory') return { kind: 'nothing' };
    if (name === '..') {
      trail = trail.slice(0, -1);
      continue;
    }
    lookups -= 1;
    if (lookups < 0) return { kind: 'too far' };
    const node = await child(folder, name);
    if (node === undefined) return { kind: 'nothing' };
    const { type, target } = look(node);
    if (type === 'symlink' && (follow || left.length > 0)) {
      links -= 1;
      if (links < 0) return { kind: 'loop' };
      if (target.startsWith('/')) trail = [];
      left.push(...partsOf(target));
      continue;
    }
    trail = [...trail, [name, node]];
  }
  return { kind: 'found', names: trail.map(([name]) => name), node: trail.at(-1)?.[1] ?? root };
}

/** The parts in the order in which they are popped. */
function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .toReversed();
}
