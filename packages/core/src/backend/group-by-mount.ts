import type { PlannedFile } from '../plan.ts';

/** The part of a container's file system into which one archive is unpacked. */
export interface FileGroup {
  /** Absolute path of a mount, or `/`. */
  readonly root: string;
  readonly files: readonly { readonly name: string; readonly file: PlannedFile }[];
}

/**
 * Puts each file to the innermost mount that holds it: what is unpacked at `/` goes below the mounts and is not
 * seen when the container runs.
 */
export function groupByMount(files: readonly PlannedFile[], mountTargets: readonly string[]): readonly FileGroup[] {
  const roots = ['/', ...mountTargets.map(normalised)].toSorted((a, b) => b.length - a.length);
  const groups = new Map<string, { readonly name: string; readonly file: PlannedFile }[]>();
  for (const file of files) {
    const target = normalised(file.target);
    const root = roots.find((candidate) => isBelow(target, candidate)) ?? '/';
    const name = target.slice(root === '/' ? 1 : root.length + 1);
    groups.set(root, [...(groups.get(root) ?? []), { name, file }]);
  }
  return [...groups].map(([root, grouped]) => ({ root, files: grouped }));
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function normalised(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
}
