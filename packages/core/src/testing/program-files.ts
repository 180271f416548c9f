import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The files of a container of the in-memory engine. Failures have the codes of errno, for example `EROFS`. */
export interface ProgramFiles {
  /** The bytes of a file. */
  read(path: string): Promise<Uint8Array>;
  /** Makes or replaces a file; its folder must exist. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** The names in a folder, sorted. */
  list(path: string): Promise<readonly string[]>;
  /** The permission bits of a file. */
  mode(path: string): Promise<number>;
}

/** A file in memory. */
export interface MemoryFile {
  readonly bytes: Uint8Array;
  readonly mode: number;
}

/** Files in memory by absolute path; folders are those that hold one. */
export type MemoryFolder = Map<string, MemoryFile>;

/** A file system, or a part of it, at a place in a container. Paths are relative to its root, which is empty. */
export interface FileLayer {
  readonly target: string;
  readonly readOnly: boolean;
  read(path: string): Promise<MemoryFile>;
  write(path: string, file: MemoryFile): Promise<void>;
  list(path: string): Promise<readonly string[]>;
}

/** The files of a container: each path belongs to the layer with the longest target above it. */
export function programFiles(layers: readonly FileLayer[]): ProgramFiles {
  const sorted = layers.toSorted((a, b) => b.target.length - a.target.length);
  const find = (path: string): { readonly layer: FileLayer; readonly rest: string } => {
    const layer = sorted.find(({ target }) => target === '' || path === target || path.startsWith(`${target}/`));
    if (layer === undefined) throw fileError('ENOENT', path);
    return { layer, rest: path.slice(layer.target.length).replace(/\/+$/, '') };
  };
  return {
    async read(path) {
      const { layer, rest } = find(path);
      return (await layer.read(rest)).bytes;
    },
    async write(path, content) {
      const { layer, rest } = find(path);
      if (layer.readOnly) throw fileError('EROFS', path);
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content.slice();
      await layer.write(rest, { bytes, mode: 0o644 });
    },
    async list(path) {
      const { layer, rest } = find(path);
      const below = sorted
        .map(({ target }) => target)
        .filter((target) => target !== '' && dirname(target) === (path || '/'));
      const names = [
        ...(await layer.list(rest)),
        ...below.map((target) => target.slice(dirname(target).length).replace('/', '')),
      ];
      return [...new Set(names)].toSorted();
    },
    async mode(path) {
      const { layer, rest } = find(path);
      return (await layer.read(rest)).mode;
    },
  };
}

/** A layer in memory. `sizeBytes` bounds the sum of its files. */
export function memoryLayer(
  target: string,
  folder: MemoryFolder,
  options: { readonly readOnly: boolean; readonly sizeBytes?: number | undefined },
): FileLayer {
  const namesBelow = (path: string): readonly string[] => {
    const below = [...folder.keys()].filter((name) => name.startsWith(`${path}/`));
    return [...new Set(below.map((name) => name.slice(path.length + 1).split('/')[0] ?? ''))].toSorted();
  };
  return {
    target,
    readOnly: options.readOnly,
    async read(path) {
      const file = folder.get(path);
      if (file !== undefined) return file;
      throw fileError(namesBelow(path).length > 0 || path === '' ? 'EISDIR' : 'ENOENT', target + path);
    },
    async write(path, file) {
      const parent = dirname(path);
      if (parent !== '/' && namesBelow(parent).length === 0) throw fileError('ENOENT', target + path);
      const others = [...folder]
        .filter(([name]) => name !== path)
        .reduce((sum, [, { bytes }]) => sum + bytes.length, 0);
      if (options.sizeBytes !== undefined && others + file.bytes.length > options.sizeBytes)
        throw fileError('ENOSPC', target + path);
      folder.set(path, { ...file, mode: folder.get(path)?.mode ?? file.mode });
    },
    async list(path) {
      const names = namesBelow(path);
      if (names.length === 0 && path !== '') throw fileError('ENOENT', target + path);
      return names.filter((name) => name !== folderMark);
    },
  };
}

/** A file of this name keeps an otherwise empty folder; it is never listed. */
export const folderMark = '.folder';

/** A layer that is a file or folder of this host. */
export function hostLayer(target: string, source: string, readOnly: boolean): FileLayer {
  const at = (path: string): string => (path === '' ? source : join(source, path));
  return {
    target,
    readOnly,
    async read(path) {
      const [bytes, { mode }] = await Promise.all([readFile(at(path)), stat(at(path))]);
      return { bytes, mode: mode & 0o7777 };
    },
    write: (path, { bytes }) => writeFile(at(path), bytes),
    async list(path) {
      return (await readdir(at(path))).toSorted();
    },
  };
}

const texts = {
  ENOENT: 'No such file or directory',
  EISDIR: 'Is a directory',
  EROFS: 'Read-only file system',
  ENOSPC: 'No space left on device',
} as const;

function fileError(code: keyof typeof texts, path: string): Error {
  return Object.assign(new Error(`${path}: ${texts[code]}`), { code });
}
