import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../command.ts';
import { quote } from '../quote.ts';
import type { BaseArchives } from './base-images.ts';
import type { DefinitionRecipe, SifRecipe } from './sif-recipes.ts';
import { keep, type Workshop } from './workshop.ts';

/** A SIF, and the root file system in it as a file of its own. */
export interface SifFile {
  readonly name: string;
  readonly file: string;
  readonly squashfs: string;
}

/** Has Apptainer make a SIF as the ordinary user, and take its file system out again; one of an earlier run is kept. */
export async function makeSif(workshop: Workshop, recipe: SifRecipe, bases: BaseArchives): Promise<SifFile> {
  const { apptainer } = workshop;
  const text = scriptOf(recipe, bases);
  const folder = await keep(workshop, { name: `sif-${recipe.name}`, key: text }, async (draft) => {
    const scratch = apptainer.env['TMPDIR'] ?? '';
    const script = join(draft, 'make.sh');
    await writeFile(script, text);
    await command([...apptainer.enter, '/usr/bin/bash', '-euo', 'pipefail', script, ...apptainer.cli]);
    for (const name of ['image.sif', 'root.sqfs']) await rename(join(scratch, name), join(draft, name));
  });
  return { name: recipe.name, file: join(folder, 'image.sif'), squashfs: join(folder, 'root.sqfs') };
}

/**
 * One after the other: two builds at a time spoil each other's cache. In the machine's own folder, because a build of
 * an ordinary user has that user's home over /root, and the lab may lie there.
 */
function scriptOf(recipe: SifRecipe, { archiveOf, files }: BaseArchives): string {
  const source = 'of' in recipe ? quote(`oci-archive:${archiveOf(recipe.of)}`) : 'definition';
  return [
    'scratch=$TMPDIR',
    'cli=("$@")',
    'apptainer() { "${cli[@]}" --quiet "$@"; }',
    'PATH=/usr/sbin:/usr/bin',
    'work=$(mktemp -d /var/tmp/corpus-XXXXXX)',
    `trap 'rm -rf "$work"' EXIT`,
    'cd "$work"',
    'export TMPDIR=$work',
    ...('of' in recipe ? [] : definition(recipe, { archiveOf, files })),
    `apptainer build --disable-cache image.sif ${source}`,
    `id=$(apptainer sif list image.sif | sed -n 's/^\\([0-9]*\\) .*\\*System.*/\\1/p')`,
    'apptainer sif dump "$id" image.sif >"$scratch/root.sqfs"',
    'mv image.sif "$scratch/image.sif"',
  ].join('\n');
}

function definition({ from, sections }: DefinitionRecipe, { archiveOf, files }: BaseArchives): readonly string[] {
  const header = from === 'files' ? 'Bootstrap: localimage\nFrom: rootfs' : 'Bootstrap: oci-archive\nFrom: base.tar';
  return [
    from === 'files'
      ? `mkdir rootfs && tar --extract --file ${quote(files)} --directory rootfs`
      : `cp ${quote(archiveOf(from))} base.tar`,
    `printf %s ${quote(`${header}\n${sections}`)} >definition`,
  ];
}
