import { createHash } from 'node:crypto';
import type { FairleadError } from '@fairlead/core';
import { sourceReader, streamReader, type ByteReader } from '../../src/tar/byte-reader.ts';
import { readTar } from '../../src/tar/read-tar.ts';
import { madeTar, paxMember, writeSum, type MadeMember } from '../made/made-tar.ts';
import { refusedWith } from './allowed-refusal.ts';
import { once, readBudget, type FuzzCase, type FuzzFamily } from './fuzz-family.ts';
import { memorySource } from './memory-source.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { Random } from './random.ts';

/** A sparse file whose map stands in its header. */
export const sparseMember: MadeMember = {
  name: 'sparse',
  flag: 'S',
  content: 'abc',
  patches: [
    [257, 'ustar  \0'],
    [386, ['00000000000', '00000000001', '00000000144', '00000000002', ''].join('\0')],
    [483, '00000000310\0'],
  ],
};

/** One whose map stands in its content. */
export const sparseMembers: readonly MadeMember[] = [
  paxMember({
    'GNU.sparse.major': '1',
    'GNU.sparse.minor': '0',
    'GNU.sparse.name': 'folder/sparse',
    'GNU.sparse.realsize': '300',
  }),
  { name: 'GNUSparseFile.0/sparse', content: `1\n100\n3\n${'\0'.repeat(504)}abc`.slice(0, 515) },
];

const members: readonly MadeMember[] = [
  paxMember({ comment: 'x' }, 'g'),
  { name: 'folder/', flag: '5' },
  paxMember({ path: `folder/${'n'.repeat(200)}`, mtime: '1600000000.5', 'SCHILY.xattr.user.a': 'b' }),
  { name: 'short', content: 'x'.repeat(700) },
  { name: '././@LongLink', flag: 'L', content: `folder/${'m'.repeat(150)}\0` },
  { name: 'cut', content: 'y' },
  { name: 'link', flag: '2', target: 'short' },
  { name: 'hard', flag: '1', target: 'short' },
  { name: 'device', flag: '3' },
  sparseMember,
  ...sparseMembers,
  paxMember({ 'GNU.sparse.map': '0,1,50,2', 'GNU.sparse.size': '90' }),
  { name: 'told', content: 'abc' },
];

const seed = once(() => madeTar(members));

/** Headers of tar archives, read at any place and from the first byte to the last: both say the same. */
export const tarFamily: FuzzFamily = {
  name: 'tar',
  share: 7,
  prepare(random): FuzzCase {
    let bytes: Buffer = Buffer.from(seed());
    const notes: string[] = [];
    for (let left = 1 + random.below(3); left > 0; left -= 1) {
      const { bytes: changed, note } = random.chance(50) ? mutateBytes(bytes, random) : mutateHeader(bytes, random);
      bytes = changed;
      notes.push(note);
    }
    return { seed: 'made', notes, expected: 'any', run: () => readBoth(bytes), clean: () => readBoth(seed()) };
  },
};

/** A change of a header whose sum holds afterwards. */
export function mutateHeader(bytes: Buffer, random: Random): { readonly bytes: Buffer; readonly note: string } {
  const blocks = Math.floor(bytes.length / 512);
  if (blocks === 0) return mutateBytes(bytes, random);
  const at = random.below(blocks) * 512;
  const field = random.pick([
    0, 99, 100, 108, 116, 124, 130, 136, 156, 157, 257, 263, 329, 337, 345, 386, 398, 482, 483,
  ]);
  const text = random.pick([
    '\0',
    '7777777',
    '\u0080',
    '\u00ff\u00ff\u00ff',
    '-1',
    ' 1',
    '../',
    '/',
    'L',
    'x',
    '5',
    'S',
  ]);
  const changed = Buffer.from(bytes);
  changed.write(text, at + field, 'latin1');
  writeSum(changed.subarray(at, at + 512));
  return { bytes: changed, note: `${JSON.stringify(text)} in field ${field} of block ${at / 512}` };
}

async function readBoth(bytes: Uint8Array): Promise<string> {
  const source = memorySource(bytes, { budgetBytes: readBudget(bytes) });
  const first = await outcome(sourceReader(source));
  const second = await outcome(streamReader('image', source.stream({ offset: 0, length: bytes.length })));
  if (first.listing !== second.listing) throw new Error('the readers of a source and of a stream say different things');
  if (first.refusal !== undefined) throw first.refusal;
  return createHash('sha256').update(first.listing).digest('hex');
}

async function outcome(reader: ByteReader): Promise<{ readonly listing: string; readonly refusal?: FairleadError }> {
  const lines: string[] = [];
  try {
    for await (const { rawName, type, size, rawTarget, offset, sparse } of readTar(reader, 1000)) {
      const [name, target] = [rawName, rawTarget].map((bytes) => Buffer.from(bytes).toString('hex'));
      lines.push(JSON.stringify([name, type, size, target, offset, sparse]));
    }
    return { listing: lines.join('\n') };
  } catch (error) {
    const refusal = refusedWith(error);
    return { listing: `${lines.join('\n')}\n${refusal.code}`, refusal };
  }
}
