import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quote } from '../quote.ts';
import type { TreeRecipe } from './squashfs-recipes.ts';
import { keep, type Workshop } from './workshop.ts';

/** A file system of the corpus. */
export interface SquashfsFile {
  readonly name: string;
  /** All file systems of one tree hold the same. */
  readonly tree: string;
  readonly file: string;
}

const script = join(import.meta.dirname, 'trees.sh');

/** Makes a tree in the memory of the machine, and every file system of it; those of an earlier run are kept. */
export async function makeSquashfs(workshop: Workshop, recipe: TreeRecipe): Promise<readonly SquashfsFile[]> {
  const { tree, mksquashfs, tar2sqfs = {} } = recipe;
  const names = [...Object.keys(mksquashfs), ...Object.keys(tar2sqfs)];
  const part = { name: `squashfs-${names[0] ?? tree}`, key: [recipe, await readFile(script, 'utf8')] };
  const folder = await keep(
    workshop,
    part,
    async (draft) => void (await workshop.script(draft, linesOf(recipe, draft))),
  );
  return names.map((name) => ({ name, tree, file: join(folder, `${name}.sqfs`) }));
}

function linesOf({ tree, pseudo = [], mksquashfs, tar2sqfs = {} }: TreeRecipe, draft: string): string {
  const definitions = pseudo.flatMap((definition) => ['-p', definition]);
  const to = (name: string): string => join(draft, `${name}.sqfs`);
  const quiet = ['-noappend', '-no-progress', '-quiet'];
  return [
    'work=$(mktemp -d /dev/shm/corpus-XXXXXX)',
    `trap 'rm -rf "$work"' EXIT`,
    `mkdir "$work/tree"`,
    `sh ${quote(script)} ${tree} "$work/tree"`,
    ...Object.entries(mksquashfs).map(
      ([name, options]) =>
        `mksquashfs "$work/tree" ${words([to(name), ...quiet, ...definitions, ...options])} 2>"$work/log" || { cat "$work/log" >&2; exit 1; }`,
    ),
    ...Object.entries(tar2sqfs).map(
      ([name, options]) =>
        `tar --create --sort=name --directory "$work/tree" . | tar2sqfs ${words(['--quiet', ...options, to(name)])}`,
    ),
  ].join('\n');
}

function words(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}
