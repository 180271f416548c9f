import { makeBaseArchives } from './base-images.ts';
import type { CorpusFile, RefusedFile } from './corpus-file.ts';
import { makeParts, type PartFiles } from './make-parts.ts';
import { makeSif, type SifFile } from './make-sifs.ts';
import { makeSquashfs, type SquashfsFile } from './make-squashfs.ts';
import { sifRecipes } from './sif-recipes.ts';
import { refusedRecipes, stackRecipes, treeRecipes, type TreeRecipe } from './squashfs-recipes.ts';
import type { Workshop } from './workshop.ts';

/** Everything whose conversion is proven. */
export interface Corpus {
  readonly files: readonly CorpusFile[];
  readonly refused: readonly RefusedFile[];
  /** File systems of the layers of an OCI-SIF, from the lowest to the highest. */
  readonly stack: readonly string[];
  /** Name → SIF that Apptainer has made, and that can be run. */
  readonly sifs: ReadonlyMap<string, string>;
}

/** Makes the corpus, or what of it is not there yet. */
export async function makeCorpus(workshop: Workshop): Promise<Corpus> {
  const plain = await inTurn(treeRecipes, (recipe) => makeSquashfs(workshop, recipe));
  const refused = await inTurn(refusedRecipes, (recipe) => makeSquashfs(workshop, recipe));
  const stack = await inTurn(stackRecipes, (recipe) => makeSquashfs(workshop, recipe));
  const bases = await makeBaseArchives(workshop);
  const sifs: SifFile[] = [];
  for (const recipe of sifRecipes) sifs.push(await makeSif(workshop, recipe, bases));
  const [names, deep, whiteouts] = [find(plain, 'names'), find(plain, 'deep'), find(refused, 'refused-whiteouts')];
  const parts = await makeParts(workshop, names, deep);
  return {
    files: [
      ...plain.map((each) => faithful(each, each.file, each.tree)),
      ...parts.same.map((each) => faithful(each, names.file, names.tree)),
      {
        ...faithful({ name: 'parts-overlay-lossy', file: parts.overlay }, names.file, names.tree),
        options: { lossy: true },
      },
      {
        ...faithful({ name: 'whiteouts-lossy', file: whiteouts.file }, whiteouts.file, 'whiteouts'),
        options: { lossy: true },
        leftOut: ['.wh.first', '.wh.folder', 'kept/.wh.file', 'kept/.wh.linked', 'kept/.wh..wh..opq', 'removed'],
      },
      ...sifs.map((each, at) => ({
        ...faithful(each, each.squashfs, each.name),
        options: sifRecipes[at]?.options ?? {},
      })),
    ],
    refused: refusals(refused, parts),
    stack: stack.map(({ file }) => file),
    sifs: new Map(sifs.map(({ name, file }) => [name, file])),
  };
}

async function inTurn(
  recipes: readonly TreeRecipe[],
  make: (recipe: TreeRecipe) => Promise<readonly SquashfsFile[]>,
): Promise<readonly SquashfsFile[]> {
  const files: SquashfsFile[] = [];
  for (const recipe of recipes) files.push(...(await make(recipe)));
  return files;
}

function faithful(
  { name, file }: { readonly name: string; readonly file: string },
  squashfs: string,
  tree: string,
): CorpusFile {
  return { name, file, squashfs, tree, options: {}, leftOut: [] };
}

function refusals(squashfs: readonly SquashfsFile[], { overlay, ext3 }: PartFiles): readonly RefusedFile[] {
  const code = 'CONVERSION_FAILED';
  const of = (name: string): { readonly name: string; readonly file: string } => find(squashfs, name);
  return [
    { ...of('refused-lzma'), code: 'INVALID_IMAGE', says: /compressed with lzma/ },
    { ...of('refused-tar2sqfs-lzma'), code: 'INVALID_IMAGE', says: /compressed with lzma/ },
    { ...of('refused-whiteouts'), code, says: /whiteout/ },
    { ...of('refused-opaque'), code, says: /trusted\.overlay\.opaque/ },
    { name: 'refused-overlay', file: overlay, code, says: /writable overlay/ },
    { name: 'refused-ext3', file: ext3, code, says: /ext3/ },
  ];
}

function find(files: readonly SquashfsFile[], name: string): SquashfsFile {
  const found = files.find((each) => each.name === name);
  if (found === undefined) throw new Error(`lab: the corpus has no ${name}`);
  return found;
}
