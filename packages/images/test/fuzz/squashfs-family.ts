import { unedited } from '../made/field-writer.ts';
import type { MadeFolder, MadeNode } from '../made/squashfs-tree.ts';
import { convertFileSystem, layerForm } from './convert-in-memory.ts';
import { everything, foreignImages, imageOf, variants } from './file-system-seeds.ts';
import { once, type FuzzCase, type FuzzFamily } from './fuzz-family.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateFields, recording } from './mutate-fields.ts';
import type { Random } from './random.ts';

const foreign = once(foreignImages);

const seeds = once(() =>
  variants.map((variant) => {
    const { edit, fields } = recording();
    const bytes = imageOf(everything, variant, edit);
    return { variant, fields, clean: once(() => convertFileSystem(bytes)) };
  }),
);

const cleanForeign = once(
  () => new Map([...foreign()].map(([name, bytes]) => [name, once(() => convertFileSystem(bytes))])),
);

/** Fields that say nothing about what is in the file system. */
const idle =
  /^(?:superblock (?:mtime|flags|minor|export table)|inode \S* (?:sparse|parent|indexes)|fragment \d+ unused|attributes \d+ size|attribute table unused|inode \/\S* links)$/;

/** Fields of file systems with wrong values, trees that no writer would make, and damaged bytes of every compressor. */
export const squashfsFamily: FuzzFamily = {
  name: 'squashfs',
  share: 35,
  prepare(random) {
    const kind = random.below(100);
    if (kind < 55) return wrongFields(random);
    return kind < 70 ? wrongTree(random) : damagedBytes(random);
  },
};

function wrongFields(random: Random): FuzzCase {
  const seed = random.pick(seeds());
  const { edit, note } = mutateFields(seed.fields, random);
  const image = imageOf(everything, seed.variant, edit);
  const damaged = random.chance(15) ? mutateBytes(image, random) : undefined;
  const names = note.split(', ').map((part) => part.split(' = ')[0] ?? '');
  const form = layerForm(random);
  const harmless = damaged === undefined && names.every((name) => idle.test(name) && !name.endsWith(' links'));
  return {
    seed: seed.variant.name,
    notes: [note, ...(damaged === undefined ? [] : [damaged.note]), JSON.stringify(form)],
    expected: harmless ? 'same' : 'any',
    run: () => convertFileSystem(damaged?.bytes ?? image, form),
    clean: seed.clean,
  };
}

const names = [
  '..',
  '.',
  '',
  '/',
  '/etc',
  'a/b',
  '../x',
  'a\0b',
  '\u00ff',
  '.wh.x',
  '.wh..wh..opq',
  'a'.repeat(256),
  'a'.repeat(255),
];

/** The tree with one folder changed: a name, a name twice, another order, a node somewhere else. */
function changedTree(tree: MadeFolder, random: Random, notes: string[]): MadeFolder {
  const folders = tree.children.flatMap(([, child], at) => (child.type === 'directory' ? [at] : []));
  if (folders.length > 0 && random.chance(50)) {
    const at = random.pick(folders);
    const children = tree.children.map(([name, child], index): readonly [string, MadeNode] =>
      index === at && child.type === 'directory' ? [name, changedTree(child, random, notes)] : [name, child],
    );
    return { ...tree, children };
  }
  const children = [...tree.children];
  const from = random.below(children.length);
  const to = random.below(children.length);
  const [one, other] = [children[from], children[to]];
  if (one === undefined || other === undefined) return tree;
  const kind = random.below(4);
  if (kind === 0) children[from] = [random.pick(names), one[1]];
  else if (kind === 1) children[from] = [other[0], one[1]];
  else if (kind === 2) [children[from], children[to]] = [other, one];
  else children.splice(to, 0, one);
  notes.push(`${JSON.stringify(one[0])}: ${['renamed', 'named as another', 'out of order', 'twice'][kind] ?? ''}`);
  return { ...tree, children };
}

function wrongTree(random: Random): FuzzCase {
  const seed = random.pick(seeds());
  const notes: string[] = [];
  const tree = changedTree(everything, random, notes);
  const form = layerForm(random);
  return {
    seed: seed.variant.name,
    notes: [...notes, JSON.stringify(form)],
    expected: 'any',
    run: () => convertFileSystem(imageOf(tree, seed.variant, unedited), form),
    clean: seed.clean,
  };
}

function damagedBytes(random: Random): FuzzCase {
  const [name, image] = random.pick([...foreign()]);
  let bytes = image;
  const notes: string[] = [];
  for (let left = random.chance(70) ? 1 : 2 + random.below(4); left > 0; left -= 1) {
    const mutated = mutateBytes(bytes, random);
    bytes = mutated.bytes;
    notes.push(mutated.note);
  }
  const form = layerForm(random);
  const clean = cleanForeign().get(name);
  if (clean === undefined) throw new Error(`no image ${name}`);
  return {
    seed: name,
    notes: [...notes, JSON.stringify(form)],
    expected: 'any',
    run: () => convertFileSystem(bytes, form),
    clean,
  };
}
