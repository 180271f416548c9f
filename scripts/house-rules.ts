import path from 'node:path';
import { forbiddenImports } from './imports.ts';
import { verdict } from './phase.ts';
import type { Phase } from './phase.ts';
import { complaints, readSource, sources, withoutComments } from './sources.ts';
import type { Source } from './sources.ts';

/** Rules that are about the whole tree, so that no linter sees them; each counts as one check. */
export const houseRules: readonly Phase[] = [
  { name: 'imports', run: async () => verdict(forbiddenImports(await code('packages'))) },
  {
    name: 'backend names',
    run: async () => verdict(backendNames(await code('packages/core/src', 'packages/conformance/src'))),
  },
  { name: 'suppressions', run: async () => verdict(suppressions(await code(...codeFolders))) },
  { name: 'file names', run: async () => verdict(vagueFileNames(await code(...codeFolders))) },
  { name: 'backend files', run: async () => verdict(missingBackendFiles(await code('packages'))) },
  { name: 'lock file', run: async () => verdict(hosts(await readSource('pnpm-lock.yaml'))) },
];

const codeFolders = ['packages', 'scripts', 'lab', 'bench', 'examples'];

/** Formats, transports and media types carry an engine's name by standard; they name no backend. */
const standardWords = [
  /\bdocker-archive\b/g,
  /\bdocker-daemon\b/g,
  /\bdocker:\/\//g,
  /\bdocker\.io\b/g,
  /\bvnd\.docker\b/g,
  /\.singularity\.d\b/g,
];

/** Reading a reference means knowing the transports of every engine, and saying what each is for. */
const imageParsing = 'packages/core/src/image/';

/** Shared code that knows an engine: the contract and the suite must fit a backend that nobody has written yet. */
export function backendNames(files: readonly Source[]): readonly string[] {
  const shared = files.filter((file) => !file.path.startsWith(imageParsing));
  return shared.flatMap((file) => {
    const text = standardWords.reduce((rest, word) => rest.replaceAll(word, ''), withoutComments(file.text));
    return complaints({ ...file, text }, /docker|podman|singularity|apptainer/i, 'shared code names a backend');
  });
}

export function suppressions(files: readonly Source[]): readonly string[] {
  const marks = /(?:ox|es)lint-disable|@ts-(?:ignore|nocheck|expect-error)|\b(?:TO[D]O|FIX[M]E|XX[X])\b/;
  const skips = /\b(?:it|test|describe)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf)\b/;
  return files.flatMap((file) => [
    ...complaints(file, marks, 'suppression or unfinished work'),
    ...complaints(file, skips, 'skipped or focused test'),
  ]);
}

export function vagueFileNames(files: readonly Source[]): readonly string[] {
  const vague = /(?:^|[/-])(?:utils?|helpers?|common|misc)(?:[./-]|$)/;
  return files
    .filter((file) => vague.test(file.path))
    .map((file) => `${file.path}: a file is named after its main export`);
}

/** What every backend has under the same name, so that who knows one finds the way in all; each has others besides. */
const backendFiles: readonly string[] = `backend container-state containers create discover errors images index logs
  options probe records refuse supports volumes`.split(/\s+/);

/** A package that defines a backend and lacks one of the files that all have. */
export function missingBackendFiles(files: readonly Source[]): readonly string[] {
  const paths = new Set(files.map((file) => file.path));
  const folders = files
    .filter((file) => /^packages\/[^/]+\/src\/index\.ts$/.test(file.path) && /\bdefineBackend\b.*\(/.test(file.text))
    .map((file) => path.posix.dirname(file.path));
  return folders.flatMap((folder) =>
    backendFiles
      .map((name) => `${folder}/${name}.ts`)
      .filter((file) => !paths.has(file))
      .map((file) => `${file}: every backend has a file of this name`),
  );
}

/** A lock file that names a host would tie every clone to one registry. */
export function hosts(lockFile: Source): readonly string[] {
  return complaints(lockFile, /https?:\/\/|tarball:/, 'a host in the lock file');
}

async function code(...folders: readonly string[]): Promise<readonly Source[]> {
  return (await Promise.all(folders.map((folder) => sources(folder, ['.ts', '.mjs', '.js'])))).flat();
}
