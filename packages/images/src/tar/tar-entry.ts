/** What a member of a tar archive is; `other` is a kind that no image needs (volume labels, sparse files of an unknown form …). */
export type TarEntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'link'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  | 'other';

/** A member of a tar archive as its headers tell it. */
export interface TarEntry {
  /** As written, decoded as UTF-8; may be absolute or hold `..`: nothing here makes a path of it. */
  readonly name: string;
  /** The name byte for byte; names need not be UTF-8. */
  readonly rawName: Uint8Array;
  readonly type: TarEntryType;
  /** Bytes of content, the holes of a sparse file among them; 0 for everything but files. */
  readonly size: number;
  /** Bytes of content that stand in the archive. */
  readonly storedSize: number;
  /** Of a sparse file: offset and length of each run of stored bytes, one pair after the other; all else is zeros. */
  readonly sparse: readonly number[] | undefined;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  /** Target of a link, decoded as UTF-8; else empty. */
  readonly target: string;
  /** The target byte for byte. */
  readonly rawTarget: Uint8Array;
  readonly major: number;
  readonly minor: number;
  /** Records of the pax header, for example `SCHILY.xattr.user.x`; values byte for byte in Latin-1. */
  readonly pax: ReadonlyMap<string, string>;
  /** Position of the first stored byte of the content in the archive. */
  readonly offset: number;
}

/** A member to write. Times are 0 and owners root unless given, so that equal content gives equal bytes. */
export type NewTarEntry = {
  /** Relative path, without a leading `./`. */
  readonly name: string;
  /** Permission bits. Default 0o755 for directories, 0o777 for symbolic links, else 0o644. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeSeconds?: number;
} & (
  | { readonly type: 'file'; readonly content: Uint8Array | string }
  | { readonly type: 'directory' | 'fifo' }
  | { readonly type: 'symlink' | 'link'; readonly target: string }
  | {
      readonly type: 'character-device' | 'block-device';
      readonly major: number;
      readonly minor: number;
    }
);
