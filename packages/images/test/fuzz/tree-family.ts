import { gzipSync } from 'node:zlib';
import { FairleadError } from '@fairlead/core';
import type { StoredLayer } from '../../src/convert/stored-image.ts';
import { planLayer } from '../../src/layer/squashfs-layer.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { mediaType } from '../../src/oci/media-type.ts';
import type { Source } from '../../src/source.ts';
import { openSquashfs } from '../../src/squashfs/squashfs.ts';
import { layersRoot, squashfsRoot } from '../../src/tree/open-tree.ts';
import { madeTar, paxMember, type MadeMember } from '../made/made-tar.ts';
import { file, symlink, type MadeFolder } from '../made/squashfs-tree.ts';
import { refusalOf } from './allowed-refusal.ts';
import { policy } from './convert-in-memory.ts';
import { everything, imageOf, variants } from './file-system-seeds.ts';
import { digestOf, once, readBudget, type FuzzCase, type FuzzFamily } from './fuzz-family.ts';
import { lookThrough } from './look-in-memory.ts';
import { memorySource } from './memory-source.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateFields, recording } from './mutate-fields.ts';
import type { Random } from './random.ts';
import { mutateHeader, sparseMember, sparseMembers } from './tar-family.ts';

const layers: readonly (readonly MadeMember[])[] = [
  [
    { name: 'a/', flag: '5' },
    { name: 'a/x', content: 'text' },
    { name: 'b', flag: '1', target: 'a/x' },
    { name: 'link', flag: '2', target: '/a/x' },
    { name: 'null', flag: '3' },
    { name: 'n\u00ff', content: 'y' },
    { name: 'hard', flag: '1', target: 'n\u00ff' },
    sparseMember,
  ],
  [
    { name: 'a/.wh.x' },
    { name: 'a/y/z', content: 'z' },
    { name: 'b2', flag: '1', target: 'b' },
    { name: 'opq/.wh..wh..opq' },
    paxMember({ path: `opq/${'n'.repeat(150)}` }),
    { name: 'cut', content: 'new' },
    ...sparseMembers,
  ],
];

const tars = once(() => layers.map((members) => madeTar(members)));
const clean = once(() => lookIntoLayers(tars().map((tar) => layerOf(tar, false))));

/** Layers and file systems that somebody looks into: headers, fields and bytes, and names that other layers delete. */
export const treeFamily: FuzzFamily = {
  name: 'trees',
  share: 6,
  prepare(random) {
    const kind = random.below(10);
    if (kind < 4) return wrongLayer(random);
    return kind < 7 ? wrongMembers(random) : wrongFileSystem(random);
  },
};

/** A layer under the digests that it has. */
function layerOf(tar: Uint8Array, packed: boolean): StoredLayer {
  const stored = packed ? gzipSync(tar, { level: 1 }) : tar;
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield stored;
  }
  const told = { mediaType: mediaType.layer, digest: sha256(stored), diffId: sha256(tar), size: stored.length };
  return { ...told, compression: packed ? 'gzip' : 'none', stream };
}

async function lookIntoLayers(stored: readonly StoredLayer[]): Promise<string> {
  try {
    return await lookThrough(await layersRoot({ layers: stored, path: 'image' }, new AbortController().signal));
  } catch (error) {
    if (!FairleadError.is(error) || error.code !== 'POLICY_DENIED') throw error;
    throw new Error('a few members make a tree that is too large: it has no end', { cause: error });
  }
}

function wrongLayer(random: Random): FuzzCase {
  const at = random.below(layers.length);
  const base = tars()[at] ?? Buffer.alloc(0);
  const { bytes, note } = random.chance(30) ? mutateBytes(base, random) : mutateHeader(base, random);
  const packed = random.chance(30);
  const stored = tars().map((tar, index) => layerOf(index === at ? bytes : tar, packed));
  // What was changed behind the digests' back is found by them.
  const forged = random.chance(20);
  const told = forged ? stored.map((layer, index) => ({ ...layer, ...digestsOf(tars()[index], packed) })) : stored;
  const expected = forged ? 'same or refused' : 'any';
  return { seed: 'layers', notes: [`layer ${at}: ${note}`], expected, run: () => lookIntoLayers(told), clean };
}

function digestsOf(tar: Uint8Array | undefined, packed: boolean): Pick<StoredLayer, 'digest' | 'diffId' | 'size'> {
  const { digest, diffId, size } = layerOf(tar ?? Buffer.alloc(0), packed);
  return { digest, diffId, size };
}

const names = [
  'a',
  'a/',
  'a/x',
  'a/y',
  'b',
  '.wh.a',
  'a/.wh..wh..opq',
  '.wh.',
  '.wh..',
  './',
  '/',
  'a//x',
  'd/'.repeat(40),
];

/** Members in another order, in another layer, under another name, or as another thing. */
function wrongMembers(random: Random): FuzzCase {
  const all = layers.map((members) => [...members]);
  const [from, to] = [random.pick(all), random.pick(all)];
  const at = random.below(from.length);
  const member = from[at];
  if (member === undefined) throw new Error('no member');
  const changed = random.pick<MadeMember>([
    { ...member, name: random.pick(names) },
    { name: member.name, flag: '1', target: random.pick(names) },
    { name: member.name, flag: '2', target: random.pick(names) },
    { ...member, flag: random.pick(Array.from('0123456S')) },
    member,
  ]);
  if (random.chance(50)) from.splice(at, 1);
  to.splice(random.below(to.length + 1), 0, changed);
  const stored = all.map((members) => layerOf(madeTar(members), false));
  const notes = [`${member.name} as ${changed.flag ?? '0'} ${changed.name} ${changed.target ?? ''}`];
  return { seed: 'layers', notes, expected: 'any', run: () => lookIntoLayers(stored), clean };
}

const shared = file('under two names that are not UTF-8');
const tree: MadeFolder = {
  ...everything,
  children: [...everything.children, ['\u00fd', symlink('\u00ff')], ['\u00fe', shared], ['\u00ff', shared]],
};

const fileSystems = once(() =>
  variants.map((variant) => {
    const { edit, fields } = recording();
    const bytes = imageOf(tree, variant, edit);
    return { variant, fields, clean: once(() => lookIntoFileSystem(bytes)) };
  }),
);

/** What is seen in a file system is what is seen in the layer made of it, where one can be made. */
async function lookIntoFileSystem(bytes: Uint8Array): Promise<string> {
  const open = (): ReturnType<typeof memorySource> => memorySource(bytes, { budgetBytes: readBudget(bytes) });
  const seen = await lookThrough(await squashfsRoot(open()));
  const tar = await layerTar(open());
  if (tar !== undefined && (await lookIntoLayers([layerOf(tar, false)])) !== seen) {
    throw new Error('the layer made of a file system shows something else');
  }
  return seen;
}

async function layerTar(source: Source): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = [];
  try {
    const layer = await planLayer(await openSquashfs(source, 0), policy);
    await digestOf(layer.stream(), (chunk) => parts.push(Uint8Array.from(chunk)));
    return Buffer.concat(parts);
  } catch (error) {
    refusalOf(error);
    return undefined;
  }
}

function wrongFileSystem(random: Random): FuzzCase {
  const seed = random.pick(fileSystems());
  const { edit, note } = mutateFields(seed.fields, random);
  const bytes = imageOf(tree, seed.variant, edit);
  return {
    seed: seed.variant.name,
    notes: [note],
    expected: 'any',
    run: () => lookIntoFileSystem(bytes),
    clean: seed.clean,
  };
}
