import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../src/decoders/byte-output.ts';
import { expandXz } from '../../src/decoders/xz.ts';
import { madeXz } from '../made/made-xz.ts';

describe('resets of an xz stream', () => {
  it('takes a new start behind bytes that are stored as they are, as liblzma writes it', () => {
    const chunks = [
      { stored: 4096, first: true },
      { reset: 'with properties' },
      { stored: 4096 },
      { reset: 'alone' },
    ] as const;
    expect(Buffer.from(expandXz(madeXz(chunks), 10_000))).toEqual(Buffer.alloc(8194));
  });

  it('refuses a new start for every byte, before it has made many', () => {
    const chunks = [
      { reset: 'with properties' } as const,
      ...Array.from({ length: 9 }, () => ({ reset: 'alone' }) as const),
    ];
    expect(() => expandXz(madeXz(chunks), 10_000)).toThrow(new DecodeError('its chunks start anew too often'));
    expect(expandXz(madeXz(chunks.slice(0, 1)), 10_000)).toHaveLength(1);
  });
});
