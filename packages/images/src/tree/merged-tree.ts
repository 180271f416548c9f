import { FairleadError } from '@fairlead/core';
import { eventLoopTurns } from '../event-loop-turn.ts';
import { quote } from '../failure.ts';
import { limits } from '../limits.ts';
import type { LayerEntry } from './layer-entry.ts';
import type { NodeFacts, TreeNode } from './tree-node.ts';

interface MergedNode {
  facts: NodeFacts;
  readonly kids: Map<string, MergedNode>;
  content: () => AsyncIterable<Uint8Array>;
}

/** A layer before it is put upon others. */
interface Layer {
  readonly root: MergedNode;
  readonly whiteouts: (readonly string[])[];
  readonly opaque: (readonly string[])[];
  readonly links: Extract<LayerEntry, { readonly kind: 'link' }>[];
}

/**
 * The file system that layers make, the lowest first, as engines unpack them: whiteouts delete what is below them and
 * nothing of their own layer. Only names and attributes are held, at most `limits.inodes` of them.
 * Source: OCI image specification, layer.md, "Applying Changesets". @throws FairleadError `CORRUPT_IMAGE`, `POLICY_DENIED`
 */
export async function mergeLayers(
  layers: Iterable<AsyncIterable<LayerEntry>>,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Promise<TreeNode> {
  const root = folderOf(implied);
  const turn = eventLoopTurns(signal);
  let count = 0;
  for (const entries of layers) {
    const layer: Layer = { root: folderOf(implied), whiteouts: [], opaque: [], links: [] };
    for await (const entry of entries) {
      count += 1;
      if (count > limits.inodes) throw tooMany(path);
      collect(layer, entry);
      await turn();
    }
    apply(root, layer);
  }
  return nodeOf(root);
}

/** A folder that nothing describes but that something lies in. */
const implied: NodeFacts = {
  type: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtimeSeconds: 0,
  size: 0,
  target: '',
  major: 0,
  minor: 0,
};

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* [];
}

function folderOf(facts: NodeFacts): MergedNode {
  return { facts, kids: new Map(), content: nothing };
}

function collect(layer: Layer, entry: LayerEntry): void {
  if (entry.kind === 'whiteout') layer.whiteouts.push(entry.path);
  else if (entry.kind === 'opaque') layer.opaque.push(entry.path);
  else if (entry.kind === 'link') {
    const target = find(layer.root, entry.to);
    if (target === undefined) layer.links.push(entry);
    else put(layer.root, entry.path, target);
  } else putNode(layer.root, entry);
}

function putNode(root: MergedNode, entry: Extract<LayerEntry, { readonly kind: 'node' }>): void {
  const { path, facts, content } = entry;
  const known = find(root, path);
  if (known !== undefined && known.facts.type === 'directory' && facts.type === 'directory') known.facts = facts;
  else put(root, path, { facts, kids: new Map(), content });
}

/** Puts a node at a path; folders on the way that are not there are made. */
function put(root: MergedNode, path: readonly string[], node: MergedNode): void {
  const name = path.at(-1);
  if (name === undefined) return;
  let folder = root;
  for (const part of path.slice(0, -1)) {
    const next = folder.kids.get(part);
    const inner = next?.facts.type === 'directory' ? next : folderOf(implied);
    if (inner !== next) folder.kids.set(part, inner);
    folder = inner;
  }
  folder.kids.set(name, node);
}

function find(root: MergedNode, path: readonly string[]): MergedNode | undefined {
  let node: MergedNode | undefined = root;
  for (const part of path) node = node?.kids.get(part);
  return node;
}

function apply(base: MergedNode, layer: Layer): void {
  // A link may mean what this layer is about to delete under its old name.
  const linked = layer.links.map(({ path, to }) => [path, find(base, to)] as const);
  for (const path of layer.opaque) find(base, path)?.kids.clear();
  for (const path of layer.whiteouts) find(base, path.slice(0, -1))?.kids.delete(path.at(-1) ?? '');
  merge(base, layer.root);
  for (const [path, node] of linked) if (node !== undefined) put(base, path, node);
}

function merge(base: MergedNode, over: MergedNode): void {
  if (over.facts !== implied) base.facts = over.facts;
  for (const [name, node] of over.kids) {
    const below = base.kids.get(name);
    const both = below?.facts.type === 'directory' && node.facts.type === 'directory';
    if (both && below !== undefined) merge(below, node);
    else base.kids.set(name, node);
  }
}

function nodeOf(node: MergedNode): TreeNode {
  return {
    facts: node.facts,
    async child(name) {
      const kid = node.kids.get(name);
      return kid && nodeOf(kid);
    },
    async *children() {
      const names = [...node.kids].toSorted(([a], [b]) => (a < b ? -1 : 1));
      for (const [name, kid] of names) yield [name, nodeOf(kid)] as const;
    },
    content: () => node.content(),
  };
}

function tooMany(path: string): FairleadError {
  return new FairleadError({
    code: 'POLICY_DENIED',
    message: `${quote(path)} has layers of more than ${limits.inodes} members together`,
    details: { path },
  });
}
