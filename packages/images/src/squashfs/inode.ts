import type { MetadataPlace } from './metadata.ts';

/** What every inode says. Source: squashfs-tools-ng, doc/format.adoc. */
interface InodeBase {
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970; the format stores them without sign, so 1969 is 2105. */
  readonly mtimeSeconds: number;
  /** From 1 to the number of inodes. */
  readonly number: number;
  /** Index of the set of extended attributes, or undefined. */
  readonly xattrs: number | undefined;
}

/** A regular file. */
export interface FileInode extends InodeBase {
  readonly type: 'file';
  readonly links: number;
  readonly size: number;
  /** Position of the first block. */
  readonly start: number;
  /** Where the tail lies, or undefined if the last block is a block of its own. */
  readonly fragment: { readonly index: number; readonly offset: number } | undefined;
  /** Where the sizes of the blocks stand. */
  readonly blockList: MetadataPlace;
}

/** A folder. */
export interface DirectoryInode extends InodeBase {
  readonly type: 'directory';
  /** Block of the listing relative to the table of directories, and offset in it. */
  readonly listing: { readonly block: number; readonly offset: number; readonly size: number };
}

/** A symbolic link; its target is byte for byte in Latin-1. */
export interface SymlinkInode extends InodeBase {
  readonly type: 'symlink';
  readonly links: number;
  readonly target: string;
}

/** A device. */
export interface DeviceInode extends InodeBase {
  readonly type: 'block-device' | 'character-device';
  readonly links: number;
  readonly major: number;
  readonly minor: number;
}

/** A named pipe or a socket. */
export interface PipeInode extends InodeBase {
  readonly type: 'fifo' | 'socket';
  readonly links: number;
}

/** Something in a squashfs file system. */
export type Inode = FileInode | DirectoryInode | SymlinkInode | DeviceInode | PipeInode;

/** The types in the order of the format's numbers 1 to 7; the extended ones are 8 to 14. */
export const inodeTypes: readonly Inode['type'][] = [
  'directory',
  'file',
  'symlink',
  'block-device',
  'character-device',
  'fifo',
  'socket',
];
