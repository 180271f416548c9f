import { expect, it } from 'vitest';
import { ChunkOutput } from './chunk-output.ts';

it('cuts bytes and zeros into chunks that are full but for the last', () => {
  // What was in the memory before does not show.
  const output = new ChunkOutput(() => new Uint8Array(4).fill(9));
  output.bytes(Buffer.from('abc'));
  expect(output.full).toBe(false);
  output.bytes(Buffer.from('defghi'));
  expect(output.full).toBe(true);
  output.zeros(5);
  output.bytes(Buffer.from('j'));
  expect(output.take().map((chunk) => Buffer.from(chunk).toString())).toEqual(['abcd', 'efgh', 'i\0\0\0']);
  expect(output.full).toBe(false);
  expect(output.finish().map((chunk) => Buffer.from(chunk).toString())).toEqual(['\0\0j']);
  expect(output.finish()).toEqual([]);
});
