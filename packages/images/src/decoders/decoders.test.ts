import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { branches, checked, filtered } from '../__fixtures__/packed.ts';
import { DecodeError } from './byte-output.ts';
import { expandLz4Block } from './lz4-block.ts';
import { expandLzo1x } from './lzo1x.ts';
import { expandXz } from './xz.ts';

/** Bytes full of opcodes that the filters take for branches. */
const code = Uint8Array.from(
  (function* () {
    const bytes = [0xe8, 0xe9, 0xeb, 0x48, 0x40, 0x7f, 0xf0, 0xf8, 0x10, 0, 0xff, 1, 0x16, 0x50, 3, 0xf1];
    let state = 12_345n;
    for (let count = 0; count < 2048; count += 1) {
      state = (state * 1_103_515_245n + 12_345n) & 0x7fff_ffffn;
      yield bytes[Number((state >> 16n) & 15n)] ?? 0;
    }
  })(),
);

const xz = Object.entries(filtered).map(([name, text]): [string, Buffer] => [name, Buffer.from(text, 'base64')]);

function outcome(bytes: Buffer): string {
  try {
    return Buffer.from(expandXz(bytes, 4096)).equals(code) ? 'equal' : 'different';
  } catch (error) {
    return error instanceof DecodeError ? 'refused' : String(error);
  }
}

describe('expandXz', () => {
  it.each(xz)('expands what liblzma packed with the filter %s', (_, bytes) => {
    expect(Buffer.from(expandXz(bytes, 4096)).equals(code)).toBe(true);
  });

  it.each(Object.entries(branches))('expands what liblzma packed with the filter %s', (_, { xz: packed, sha256 }) => {
    const hash = createHash('sha256').update(expandXz(Buffer.from(packed, 'base64'), 4096));
    expect(hash.digest('hex')).toBe(sha256);
  });

  it.each([
    ['none', 0],
    ['crc64', 8],
    ['sha256', 32],
  ] as const)('takes the check %s, and looks at all of its %d bytes', (name, size) => {
    const whole = Buffer.from(checked[name], 'base64');
    expect(Buffer.from(expandXz(whole, 4096)).toString()).toBe('line of text\n'.repeat(20));
    // It stands before the index, whose length the footer tells.
    const end = whole.length - 12 - (whole.readUInt32LE(whole.length - 8) + 1) * 4;
    for (let at = end - size; at < end; at += 1) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      expect(() => expandXz(bytes, 4096)).toThrow(new DecodeError('the content does not fit its check'));
    }
  });

  it('refuses a check that nobody has defined, and names it', () => {
    const bytes = Buffer.from(checked.crc64, 'base64');
    bytes[7] = 5;
    bytes.writeUInt32LE(crc32(bytes.subarray(6, 8)), 8);
    expect(() => expandXz(bytes, 4096)).toThrow(new DecodeError('check 5 is unknown'));
  });

  it('never gives more than the limit', () => {
    expect(() => expandXz(Buffer.from(filtered.none, 'base64'), 2047)).toThrow(DecodeError);
  });

  it('finds every damaged byte that the check covers, and never fails otherwise', () => {
    const whole = Buffer.from(filtered.x86, 'base64');
    const outcomes = [...whole.keys()].map((at) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      return outcome(bytes);
    });
    expect(new Set(outcomes)).toEqual(new Set(['refused', 'equal']));
    // What is left is the index and the footer, which squashfs does not need.
    expect(outcomes.filter((word) => word === 'equal').length).toBeLessThan(40);
  });

  it('refuses a stream that is cut off before its check', () => {
    const whole = Buffer.from(filtered.none, 'base64');
    for (let size = 0; size < whole.length - 32; size += 3) {
      expect(() => expandXz(whole.subarray(0, size), 4096)).toThrow(DecodeError);
    }
  });
});

describe('expandLz4Block', () => {
  const bytes = Buffer.from([0x54, ...Buffer.from('abcde'), 3, 0, 0x50, ...Buffer.from('fghij')]);

  it('repeats what overlaps itself', () => {
    expect(Buffer.from(expandLz4Block(bytes, 64)).toString()).toBe('abcdecdecdecdfghij');
  });

  it('takes lengths of many bytes', () => {
    const long = Buffer.concat([Buffer.from([0xf0, 255, 5]), Buffer.alloc(275, 'x')]);
    expect(Buffer.from(expandLz4Block(long, 275)).toString()).toBe('x'.repeat(275));
  });

  it.each([
    ['nothing', Buffer.alloc(0), 64],
    ['more than the limit', bytes, 17],
    ['literals that are missing', bytes.subarray(0, 4), 64],
    ['a distance that is missing', bytes.subarray(0, 7), 64],
    ['a repetition from before the first byte', Buffer.from([0x14, 97, 2, 0, 0]), 64],
    ['a repetition from distance 0', Buffer.from([0x14, 97, 0, 0, 0]), 64],
  ])('refuses %s', (_, input, limit) => {
    expect(() => expandLz4Block(input, limit)).toThrow(DecodeError);
  });
});

describe('expandLzo1x', () => {
  const end = [0x11, 0, 0];

  it('takes literals and repetitions of every kind', () => {
    const near = Buffer.from([17 + 5, ...Buffer.from('abcde'), 0x20 | 3, 4 << 2, 0, ...end]);
    expect(Buffer.from(expandLzo1x(near, 64)).toString()).toBe('abcdeabcde');
    const short = Buffer.from([17 + 4, ...Buffer.from('wxyz'), 0x40 | (1 << 5) | (1 << 2) | 1, 0, 33, ...end]);
    expect(Buffer.from(expandLzo1x(short, 64)).toString()).toBe('wxyzyzyz!');
  });

  it.each([
    ['nothing', Buffer.alloc(0), 64],
    ['no end', Buffer.from([18, 97]), 64],
    ['literals that are missing', Buffer.from([30, 97, 98]), 64],
    ['more than the limit', Buffer.from([17 + 5, ...Buffer.from('abcde'), ...end]), 4],
    ['a repetition from before the first byte', Buffer.from([17 + 4, 1, 2, 3, 4, 0x60, 9, ...end]), 64],
  ])('refuses %s', (_, input, limit) => {
    expect(() => expandLzo1x(input, limit)).toThrow(DecodeError);
  });
});
