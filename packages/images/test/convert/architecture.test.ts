import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSifConverter, writeSifImage, type SifOptions } from '../../src/index.ts';
import { elfArchitecture } from '../../src/squashfs/program-architecture.ts';
import { editing } from '../made/field-writer.ts';
import { madeSif, partition } from '../made/made-sif.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { file, folder as inner, symlink, type MadeFolder } from '../made/squashfs-tree.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-architecture-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The header of a program. */
function elf(
  machine: number,
  { bits = 64, order = 'little' }: { bits?: 32 | 64; order?: 'little' | 'big' } = {},
): Buffer {
  const bytes = Buffer.alloc(5000);
  bytes.write('\x7fELF', 'latin1');
  bytes[4] = bits / 32;
  bytes[5] = order === 'little' ? 1 : 2;
  if (order === 'little') bytes.writeUInt16LE(machine, 18);
  else bytes.writeUInt16BE(machine, 18);
  return bytes;
}

const program = (machine: number, length = 5000): ReturnType<typeof file> =>
  file(elf(machine).subarray(0, length).toString('latin1'), { mode: 0o755 });
const arm: MadeFolder = inner({
  bin: symlink('usr/bin'),
  usr: inner({ bin: inner({ sh: symlink('/bin/dash'), dash: program(183) }) }),
});
const silent: MadeFolder = inner({ bin: inner({ sh: file('#!/lib/loader\n') }) });

async function architectureOf(image: Uint8Array, options: SifOptions = {}): Promise<unknown> {
  const path = join(folder, 'image');
  await writeFile(path, image);
  const to = join(folder, `oci-${crypto.randomUUID()}`);
  const { config } = await writeSifImage(path, to, { ...options, form: 'oci-layout' });
  const json: unknown = JSON.parse(await readFile(join(to, 'blobs/sha256', config.hex), 'utf8'));
  return typeof json === 'object' && json !== null && 'architecture' in json ? json.architecture : undefined;
}

describe('the architecture of an image made of a file system', () => {
  it('that says nothing is that of its programs, links followed (V13)', async () => {
    expect(await architectureOf(madeSquashfs(arm))).toBe('arm64');
    // A program smaller than a block lies in a fragment; the first place has a script only.
    const small = inner({ bin: inner({ sh: file('#!/x\n'), busybox: program(243, 100) }) });
    expect(await architectureOf(madeSquashfs(small))).toBe('riscv64');
    // One block, stored as it is, and another one.
    expect(await architectureOf(madeSquashfs(arm, { compression: 'zstd', blockSize: 4096 }))).toBe('arm64');
  });

  it('without programs is the same on every machine, so that digests are', async () => {
    const { arch } = process;
    try {
      for (const machine of ['x64', 'arm64', 's390x']) {
        Object.defineProperty(process, 'arch', { value: machine });
        expect(await architectureOf(madeSquashfs(silent))).toBe('amd64');
      }
    } finally {
      Object.defineProperty(process, 'arch', { value: arch });
    }
  });

  it('is what the SIF says, else what the caller says, else what the programs say', async () => {
    const sif = madeSif([partition(madeSquashfs(arm))]);
    expect(await architectureOf(sif, { architecture: 'ppc64le' })).toBe('amd64');
    expect(await architectureOf(madeSquashfs(arm), { architecture: 'ppc64le' })).toBe('ppc64le');
  });

  it('of a SIF that does not say it is that of its programs too', async () => {
    const unknown = { 'header architecture 0': 0x30, 'header architecture 1': 0x30 };
    const { extra = Buffer.alloc(0), ...object } = partition(madeSquashfs(arm));
    const sif = madeSif([{ ...object, extra: Buffer.from(extra).fill('00', 8, 10) }], { edit: editing(unknown) });
    expect(await architectureOf(sif)).toBe('arm64');
  });

  it('that the caller gives is part of the name', async () => {
    const path = join(folder, 'image');
    await writeFile(path, madeSquashfs(arm));
    const nameOf = async (options: SifOptions): Promise<string> => {
      await using converted = await createSifConverter(options).open({ format: 'squashfs', path }, {});
      return converted.name;
    };
    const names = await Promise.all([{}, { architecture: 'arm64' }, { architecture: 'arm' }].map(nameOf));
    expect(new Set(names).size).toBe(3);
  });
});

describe('elfArchitecture', () => {
  it.each([
    ['amd64', elf(62)],
    ['386', elf(3, { bits: 32 })],
    ['arm', elf(40, { bits: 32 })],
    ['arm64', elf(183)],
    ['ppc64le', elf(21)],
    ['ppc64', elf(21, { order: 'big' })],
    ['s390x', elf(22, { order: 'big' })],
    ['mips64le', elf(8)],
    ['mips', elf(8, { bits: 32, order: 'big' })],
    ['riscv64', elf(243)],
    ['loong64', elf(258)],
  ])('tells %s', (word, head) => {
    expect(elfArchitecture(head)).toBe(word);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a script', Buffer.from('#!/bin/sh\necho of more than twenty bytes\n')],
    ['a header that is cut off', elf(62).subarray(0, 19)],
    ['an unknown machine', elf(999)],
    ['a class that is none', Buffer.concat([elf(62).subarray(0, 4), Buffer.from([3]), elf(62).subarray(5)])],
    ['32 bits of a machine that has 64', elf(62, { bits: 32 })],
  ])('says nothing of %s', (_, head) => {
    expect(elfArchitecture(head)).toBeUndefined();
  });
});
