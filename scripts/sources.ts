import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { root } from './tool.ts';

export interface Source {
  /** Relative to the root of the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const generated = new Set(['node_modules', 'dist', '.git', '.tools', 'reports']);

/** Every file below the folder with one of these endings, generated ones apart, in order of path. */
export async function sources(folder: string, endings: readonly string[]): Promise<readonly Source[]> {
  const paths = await walk(folder, endings);
  return Promise.all(paths.toSorted().map(readSource));
}

/** One file of the checkout. */
export async function readSource(file: string): Promise<Source> {
  return { path: file, text: await readFile(path.join(root, file), 'utf8') };
}

async function walk(folder: string, endings: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!generated.has(entry.name)) found.push(...(await walk(file, endings)));
    } else if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) {
      found.push(file);
    }
  }
  return found;
}

/** The text with comments blanked, lines kept; `://` in a string starts no comment. */
export function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
    .replaceAll(/(^|[^:'"`\\/])\/\/.*/gm, '$1');
}

/** `path:line: what` for every line that the pattern matches. */
export function complaints(file: Source, pattern: RegExp, what: string): readonly string[] {
  return file.text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}: ${what}: ${line.trim()}`] : []));
}
