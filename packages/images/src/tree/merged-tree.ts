import { FairleadError } from '@fairlead/core';
import { eventLoopTurns } from '../event-loop-turn.ts';
import { corrupt, quote } from '../failure.ts';
import { limits } from '../limits.ts';
import type { LayerEntry } from './layer-entry.ts';
import type { NodeFacts, TreeNode } from './tree-node.ts';

interface MergedNode {
  facts: NodeFacts;
  /** Of folders only: links lead to everything else, so what has no names in it makes no circles. */
  readonly kids: Map<string, MergedNode> | undefined;
  readonly content: (() => AsyncIterable<Uint8Array>) | undefined;
}

interface MergedFolder extends MergedNode {
  readonly kids: Map<string, MergedNode>;
}

type Link = Extract<LayerEntry, { readonly kind: 'link' }>;

/** A layer before it is put upon others. */
interface Layer {
  readonly root: MergedFolder;
  readonly whiteouts: (readonly string[])[];
  readonly opaque: (readonly string[])[];
  readonly links: Link[];
}

/** What merging needs. */
interface Merging {
  readonly path: string;
  /** @throws FairleadError `POLICY_DENIED` once more is held than may be */
  hold(nodes: number, bytes: number): void;
}

/**
 * The file system that layers make, the lowest first, as engines unpack them: whiteouts delete what is below them and
 * nothing of their own layer. Only names, attributes and places are held, at most `limits.heldNodes` of them.
 * Source: OCI image specification, layer.md, "Applying Changesets". @throws FairleadError `CORRUPT_IMAGE`, `POLICY_DENIED`
 */
export async function mergeLayers(
  layers: Iterable<AsyncIterable<LayerEntry>>,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Promise<TreeNode> {
  const merging = mergingOf(path);
  const root = folderOf(implied);
  const turn = eventLoopTurns(signal);
  for (const entries of layers) {
    const layer: Layer = { root: folderOf(implied), whiteouts: [], opaque: [], links: [] };
    for await (const entry of entries) {
      collect(layer, entry, merging);
      await turn();
    }
    apply(root, layer, merging);
  }
  return nodeOf(root);
}

function mergingOf(path: string): Merging {
  let nodesLeft: number = limits.heldNodes;
  let bytesLeft: number = limits.namesBytes;
  return {
    path,
    hold(nodes, bytes) {
      nodesLeft -= nodes;
      bytesLeft -= bytes;
      if (nodesLeft < 0 || bytesLeft < 0) throw tooMany(path);
    },
  };
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

function folderOf(facts: NodeFacts): MergedFolder {
  return { facts, kids: new Map(), content: undefined };
}

function isFolder(node: MergedNode | undefined): node is MergedFolder {
  return node?.kids !== undefined;
}

function bytesOf(path: readonly string[]): number {
  return path.reduce((sum, { length }) => sum + length + 1, 0);
}

function collect(layer: Layer, entry: LayerEntry, merging: Merging): void {
  merging.hold(1, bytesOf(entry.path));
  if (entry.kind === 'whiteout') layer.whiteouts.push(entry.path);
  else if (entry.kind === 'opaque') layer.opaque.push(entry.path);
  else if (entry.kind === 'node') putNode(layer.root, entry, merging);
  else {
    merging.hold(0, bytesOf(entry.to));
    const target = linked(layer.root, entry, merging);
    if (target === undefined) layer.links.push(entry);
    else put(layer.root, { path: entry.path, node: target }, merging);
  }
}

/** What a link leads to. @throws FairleadError `CORRUPT_IMAGE` for a folder, which would lie in itself */
function linked(root: MergedFolder, { path, to }: Link, merging: Merging): MergedNode | undefined {
  const target = find(root, to);
  if (!isFolder(target)) return target;
  const where = `link ${quote(shown(path))}`;
  throw corrupt({
    path: merging.path,
    where,
    why: `it leads to a folder, ${quote(shown(to))}: no file system has such`,
  });
}

function shown(path: readonly string[]): string {
  return Buffer.from(`/${path.join('/')}`, 'latin1').toString('utf8');
}

function putNode(root: MergedFolder, entry: Extract<LayerEntry, { readonly kind: 'node' }>, merging: Merging): void {
  const { path, facts, content, heldBytes } = entry;
  merging.hold(0, facts.target.length + heldBytes);
  const known = find(root, path);
  if (facts.type !== 'directory') put(root, { path, node: { facts, kids: undefined, content } }, merging);
  else if (isFolder(known)) known.facts = facts;
  else put(root, { path, node: folderOf(facts) }, merging);
}

/** Puts a node at a path; folders on the way that are not there are made. */
function put(
  root: MergedFolder,
  { path, node }: { readonly path: readonly string[]; readonly node: MergedNode },
  merging: Merging,
): void {
  const name = path.at(-1);
  if (name === undefined) return;
  let folder = root;
  for (const part of path.slice(0, -1)) {
    const next = folder.kids.get(part);
    const inner = isFolder(next) ? next : folderOf(implied);
    if (inner !== next) {
      merging.hold(1, 0);
      folder.kids.set(part, inner);
    }
    folder = inner;
  }
  folder.kids.set(name, node);
}

function find(root: MergedNode, path: readonly string[]): MergedNode | undefined {
  let node: MergedNode | undefined = root;
  for (const part of path) node = node?.kids?.get(part);
  return node;
}

function apply(base: MergedFolder, layer: Layer, merging: Merging): void {
  // A link may mean what this layer is about to delete under its old name.
  const links = layer.links.map((link) => ({ path: link.path, node: linked(base, link, merging) }));
  for (const path of layer.opaque) find(base, path)?.kids?.clear();
  for (const path of layer.whiteouts) find(base, path.slice(0, -1))?.kids?.delete(path.at(-1) ?? '');
  merge(base, layer.root);
  for (const { path, node } of links) if (node !== undefined) put(base, { path, node }, merging);
}

function merge(base: MergedFolder, over: MergedFolder): void {
  if (over.facts !== implied) base.facts = over.facts;
  for (const [name, node] of over.kids) {
    const below = base.kids.get(name);
    if (isFolder(below) && isFolder(node)) merge(below, node);
    else base.kids.set(name, node);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* [];
}

function nodeOf(node: MergedNode): TreeNode {
  return {
    facts: node.facts,
    async child(name) {
      const kid = node.kids?.get(name);
      return kid && nodeOf(kid);
    },
    async *children() {
      // The order of texts in Latin-1 is that of their bytes; without a function that compares, it costs half.
      for (const name of [...(node.kids?.keys() ?? [])].toSorted()) {
        const kid = node.kids?.get(name);
        if (kid !== undefined) yield [name, nodeOf(kid)] as const;
      }
    },
    content: () => node.content?.() ?? nothing(),
  };
}

function tooMany(path: string): FairleadError {
  return new FairleadError({
    code: 'POLICY_DENIED',
    message: `${quote(path)} has layers of more names than are held together: ${limits.heldNodes} of them, ${limits.namesBytes} bytes`,
    hint: 'Load it into an engine, and look into it there.',
    details: { path, where: 'layers' },
  });
}
