import { withoutComments } from './sources.ts';
import type { Source } from './sources.ts';

const contract = ['@fairlead/core', '@fairlead/core/backend'];

// A backend describes its options and records with zod: the interface of a backend module asks for it.
const backend = [...contract, 'zod'];

/** What the source of each package may import besides its own files and Node's modules. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: ['zod'],
  images: ['@fairlead/core'],
  subprocess: [...contract, 'execa'],
  docker: [...backend, 'dockerode'],
  podman: [...backend, 'undici'],
  'podman-kube': [...backend, '@fairlead/subprocess', '@fairlead/subprocess/supervisor', 'yaml'],
  singularity: [...backend, '@fairlead/subprocess', '@fairlead/subprocess/supervisor'],
  conformance: ['@fairlead/core', '@fairlead/core/backend', '@fairlead/core/testing', 'vitest'],
  fairlead: [
    ...contract,
    '@fairlead/docker',
    '@fairlead/images',
    '@fairlead/podman',
    '@fairlead/podman-kube',
    '@fairlead/singularity',
    'zod',
  ],
};

const allowedInTests = [...contract, '@fairlead/core/testing', 'vitest'];

/** Imports that leave the layers: core knows nobody, a backend knows no other backend and no image format. */
export function forbiddenImports(files: readonly Source[]): readonly string[] {
  return files.flatMap((file) => {
    const name = file.path.split('/')[1] ?? '';
    const permitted = allowed[name];
    if (permitted === undefined) return [`${file.path}: package ${name} has no row in scripts/imports.ts`];
    return outside(file, name, permitted);
  });
}

function outside(file: Source, name: string, permitted: readonly string[]): readonly string[] {
  const inTest = /\.test(-d)?\.ts$|\/__fixtures__\//.test(file.path) ? allowedInTests : [];
  const legal = new Set([...permitted, ...inTest]);
  return importsOf(file.text)
    .filter(
      (target) =>
        !target.startsWith('node:') &&
        !legal.has(target) &&
        !isSelf(name, target) &&
        !staysInside(file.path, name, target),
    )
    .map((target) => `${file.path}: ${name} may not import ${target}`);
}

/** A package may be seen from outside by its own tests. */
function isSelf(name: string, target: string): boolean {
  return target === name || target === `@fairlead/${name}`;
}

function staysInside(file: string, name: string, target: string): boolean {
  if (!target.startsWith('.')) return false;
  return new URL(target, `file:///${file}`).pathname.startsWith(`/packages/${name}/`);
}

/** Every module that the text names in an import or an export from. */
export function importsOf(text: string): readonly string[] {
  const pattern = /(?<![.\w])(?:from\s*|import\s*\(?\s*)(?:'([^'\s]+)'|"([^"\s]+)")/g;
  return [...withoutComments(text).matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '');
}
