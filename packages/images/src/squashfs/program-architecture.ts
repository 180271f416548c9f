import { findFile } from './find-file.ts';
import type { FileInode } from './inode.ts';
import type { Squashfs } from './squashfs.ts';

/** Where every usual system has a program; links are followed. */
const places = [
  '/bin/sh',
  '/bin/bash',
  '/bin/busybox',
  '/usr/bin/env',
  '/usr/bin/perl',
  '/usr/bin/python3',
  '/usr/local/bin/python3',
  '/sbin/ldconfig',
  '/sbin/init',
] as const;

/**
 * For which machines a file system is, as a GOARCH word: the first program in a few usual places tells. Undefined where
 * none of them is an ELF of a known machine. @throws FairleadError `CORRUPT_IMAGE`
 */
export async function programArchitecture(squashfs: Squashfs): Promise<string | undefined> {
  for (const path of places) {
    const file = await findFile(squashfs, path);
    const architecture = file?.type === 'file' ? elfArchitecture(await headOf(squashfs, file)) : undefined;
    if (architecture !== undefined) return architecture;
  }
  return undefined;
}

/** The first block of a file, or all of a smaller one. */
async function headOf(squashfs: Squashfs, file: FileInode): Promise<Uint8Array> {
  const { blocks } = squashfs;
  for await (const [block] of squashfs.fileBlocks(file)) {
    if (block !== undefined) return block.stored === 0 ? new Uint8Array() : blocks.block(block);
  }
  return file.fragment === undefined ? new Uint8Array() : blocks.tail(file);
}

type Order = 'little' | 'big';

/** Number of a machine → GOARCH word for 32 and 64 bits and for the order of bytes. Source: elf(5), `e_machine`. */
const machines: Readonly<Record<number, (bits: 32 | 64, order: Order) => string | undefined>> = {
  3: () => '386',
  8: (bits, order) => `mips${bits === 64 ? '64' : ''}${order === 'little' ? 'le' : ''}`,
  21: (_, order) => (order === 'little' ? 'ppc64le' : 'ppc64'),
  22: (bits) => (bits === 64 ? 's390x' : undefined),
  40: () => 'arm',
  // x32 has the machine of amd64 and 32 bits: no engine has a word for it.
  62: (bits) => (bits === 64 ? 'amd64' : undefined),
  183: () => 'arm64',
  243: (bits) => (bits === 64 ? 'riscv64' : undefined),
  258: (bits) => (bits === 64 ? 'loong64' : undefined),
};

/** What the header of a program says; undefined for what is none. */
export function elfArchitecture(head: Uint8Array): string | undefined {
  const [magic, bits, order] = [Buffer.from(head.subarray(0, 4)).toString('latin1'), head[4], head[5]];
  if (magic !== '\x7fELF' || head.length < 20 || (bits !== 1 && bits !== 2) || (order !== 1 && order !== 2)) {
    return undefined;
  }
  const machine = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint16(18, order === 1);
  return machines[machine]?.(bits === 2 ? 64 : 32, order === 1 ? 'little' : 'big');
}
