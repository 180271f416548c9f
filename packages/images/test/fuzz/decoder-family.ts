import { createHash } from 'node:crypto';
import { filtered } from '../../src/__fixtures__/packed.ts';
import { DecodeError } from '../../src/decoders/byte-output.ts';
import { expandLz4Block } from '../../src/decoders/lz4-block.ts';
import { expandLzo1x } from '../../src/decoders/lzo1x.ts';
import { expandXz } from '../../src/decoders/xz.ts';
import { corrupt } from '../../src/failure.ts';
import type { FuzzCase, FuzzFamily } from './fuzz-family.ts';
import { once } from './fuzz-family.ts';
import { mutateBytes } from './mutate-bytes.ts';

type Expand = (bytes: Uint8Array, limit: number) => Uint8Array;

interface Seed {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expand: Expand;
  /** A check of the content makes every other output an error. */
  readonly checked: boolean;
}

const limit = 4096;

const seeds = once((): readonly Seed[] => {
  const lz4 = [
    0x54,
    ...Buffer.from('abcde'),
    3,
    0,
    0xff,
    20,
    ...Buffer.alloc(35, 'x'),
    9,
    0,
    40,
    0x50,
    ...Buffer.from('fghij'),
  ];
  const lzo = [22, ...Buffer.from('abcde'), 0x23, 16, 0, 0x65, 0, 33, 0x20, 60, 37, 0, ...Buffer.from('q'), 0x11, 0, 0];
  const xz = Object.entries(filtered).map(([name, text]) => {
    return { name: `xz, ${name}`, bytes: Buffer.from(text, 'base64'), expand: expandXz, checked: true };
  });
  return [
    ...xz,
    { name: 'lz4', bytes: Buffer.from(lz4), expand: expandLz4Block, checked: false },
    { name: 'lz4', bytes: Buffer.from(lz4), expand: expandLz4Block, checked: false },
    { name: 'lzo', bytes: Buffer.from(lzo), expand: expandLzo1x, checked: false },
    { name: 'lzo', bytes: Buffer.from(lzo), expand: expandLzo1x, checked: false },
  ];
});

/** Our own decoders on damaged blocks. */
export const decoderFamily: FuzzFamily = {
  name: 'decoders',
  share: 4,
  prepare(random): FuzzCase {
    const { name, bytes, expand, checked } = random.pick(seeds());
    let mutated = bytes;
    const notes: string[] = [];
    for (let left = 1 + random.below(3); left > 0; left -= 1) {
      const step = mutateBytes(mutated, random);
      mutated = step.bytes;
      notes.push(step.note);
    }
    const run = async (): Promise<string> => outcome(expand, mutated);
    const clean = async (): Promise<string> => outcome(expand, bytes);
    return { seed: name, notes, expected: checked ? 'same or refused' : 'any', run, clean };
  },
};

function outcome(expand: Expand, bytes: Uint8Array): string {
  try {
    const output = expand(bytes, limit);
    if (output.length > limit) throw new Error(`${output.length} bytes came out`);
    return createHash('sha256').update(output).digest('hex');
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw corrupt({ path: 'image', where: 'block', why: error.message });
  }
}
