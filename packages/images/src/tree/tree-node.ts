/** What a file system says of something in it. */
export interface NodeFacts {
  readonly type: 'file' | 'directory' | 'symlink' | 'block-device' | 'character-device' | 'fifo' | 'socket';
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtimeSeconds: number;
  /** Bytes of content; 0 for everything but files. */
  readonly size: number;
  /** Of a symbolic link, byte for byte in Latin-1; else empty. */
  readonly target: string;
  /** Of devices; else 0. */
  readonly major: number;
  readonly minor: number;
}

/** Something in an image's file system, read where it is asked for. Names are byte for byte in Latin-1. */
export interface TreeNode {
  readonly facts: NodeFacts;
  /** What has that name in this folder. @throws FairleadError `CORRUPT_IMAGE` */
  child(name: string): Promise<TreeNode | undefined>;
  /** What is in this folder, in the order of the bytes of names. @throws FairleadError `CORRUPT_IMAGE` */
  children(): AsyncIterable<readonly [name: string, node: TreeNode]>;
  /** The content of this file. @throws FairleadError `CORRUPT_IMAGE` */
  content(): AsyncIterable<Uint8Array>;
}

/** The file system of an image; disposing it closes the file. */
export interface ImageTree extends AsyncDisposable {
  /** What errors call the image. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly root: TreeNode;
}
