import { FairleadError } from '@fairlead/core';
import { createSifConverter, detectImage } from '@fairlead/images';
import type { Corpus, CorpusFile, RefusedFile } from '@fairlead/lab/corpus';
import { runApart } from '../conformance/schedule.ts';
import { finding, type Finding } from './finding.ts';
import { proveLayer } from './layer-proof.ts';
import { runCases } from './run-cases.ts';

/** Layers at the same time: each has its readers beside it. */
const atOnce = 2;

/** Proves the layer of every file of the corpus, and that files of one tree give one layer (F86). */
export async function proveLayers({ files, refused }: Corpus, enter: readonly string[]): Promise<readonly Finding[]> {
  const diffIds = new Map<string, Set<string>>();
  const work = files.map((file) => ({
    key: file.name,
    run: () => finding(`layer: ${file.name} (F86)`, () => proveOne(file, enter, diffIds)),
  }));
  const layers = await runApart(work, atOnce);
  const trees = [...diffIds].flatMap(([tree, ids]) => sameLayer(tree, ids, files));
  const refusals: Finding[] = [];
  for (const each of refused) refusals.push(await finding(`refused: ${each.name} (F86)`, () => proveRefusal(each)));
  return [...layers, ...trees, ...refusals];
}

async function proveOne(
  file: CorpusFile,
  enter: readonly string[],
  diffIds: Map<string, Set<string>>,
): Promise<Omit<Finding, 'name'>> {
  const { members, diffId, branch, complaints } = await proveLayer(file, enter);
  diffIds.set(file.tree, (diffIds.get(file.tree) ?? new Set()).add(diffId));
  const wanted = runCases.find(({ sif }) => sif === file.name)?.branch ?? branch;
  const strayed =
    wanted === branch || wanted === 'refused' ? [] : [`its configuration follows ${branch}, not ${wanted}`];
  return { proven: `${members} members, ${diffId.slice(0, 19)}`, complaints: [...complaints, ...strayed] };
}

/** Says nothing of a tree that is in one file only. */
function sameLayer(tree: string, ids: ReadonlySet<string>, files: readonly CorpusFile[]): readonly Finding[] {
  const count = files.filter((file) => file.tree === tree).length;
  const complaints = ids.size === 1 ? [] : [`${count} files of it give ${ids.size} layers: ${[...ids].join(', ')}`];
  return count < 2 ? [] : [{ name: `one layer: ${tree} (F86)`, proven: `${count} files, one digest`, complaints }];
}

async function proveRefusal({ file, code, says }: RefusedFile): Promise<Omit<Finding, 'name'>> {
  try {
    await using converted = await createSifConverter().open(await detectImage(file), {});
    for await (const bytes of converted.stream()) if (bytes.length > 0) break;
    return { proven: '', complaints: ['it was converted'] };
  } catch (error) {
    if (!FairleadError.is(error)) throw error;
    const right = error.code === code && says.test(error.message);
    return { proven: code, complaints: right ? [] : [`${error.code}: ${error.message}`] };
  }
}
