/** Something in a file system to be written; names are bytes in Latin-1, in whatever order they are given. */
export type MadeNode = MadeFolder | MadeFile | MadeSymlink | MadeDevice | MadePipe;

interface MadeBase {
  readonly mode?: number;
  /** Indexes into the owners of the image. */
  readonly uid?: number;
  readonly gid?: number;
  /** Index of a set of attributes. */
  readonly xattrs?: number;
}

export interface MadeFolder extends MadeBase {
  readonly type: 'directory';
  readonly children: readonly (readonly [string, MadeNode])[];
}

/** A block as it is to be stored, whatever it holds. */
export interface MadeBlock {
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
}

/** The same object in two folders is a hard link. */
export interface MadeFile extends MadeBase {
  readonly type: 'file';
  readonly content: Uint8Array;
  /** Zeros behind the content that are not stored. */
  readonly holeBytes?: number;
  /** Instead of the content: these blocks, for a file of that many bytes. */
  readonly blocks?: readonly MadeBlock[];
  /** Instead of the content: these sizes of blocks that lie elsewhere. */
  readonly words?: readonly number[];
  readonly size?: number;
  /** The tail is a block of its own instead of a part of a fragment. */
  readonly whole?: boolean;
}

export interface MadeSymlink extends MadeBase {
  readonly type: 'symlink';
  readonly target: string;
}

export interface MadeDevice extends MadeBase {
  readonly type: 'block-device' | 'character-device';
  readonly major: number;
  readonly minor: number;
}

export interface MadePipe extends MadeBase {
  readonly type: 'fifo' | 'socket';
}

/** A file of some text. */
export function file(content: string, more: Omit<Partial<MadeFile>, 'type' | 'content'> = {}): MadeFile {
  return { type: 'file', content: Buffer.from(content, 'latin1'), ...more };
}

/** A folder; names in the order of their bytes, as they have to be. */
export function folder(children: Readonly<Record<string, MadeNode>>): MadeFolder {
  const sorted = Object.entries(children).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { type: 'directory', children: sorted };
}

/** A folder whose names stand as they are given. */
export function unsorted(children: readonly (readonly [string, MadeNode])[]): MadeFolder {
  return { type: 'directory', children };
}

export function symlink(target: string): MadeSymlink {
  return { type: 'symlink', target };
}

/** What every root file system needs to be converted: something that runs scripts. */
export function root(children: Readonly<Record<string, MadeNode>> = {}): MadeFolder {
  return folder({ bin: folder({ sh: file('#!shell\n', { mode: 0o755 }) }), ...children });
}
