import { describe, expect, it } from 'vitest';
import { readLines } from './read-lines.ts';

async function lines(text: string, size: number): Promise<string[]> {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const read: string[] = [];
  for await (const line of readLines(pieces())) read.push(line);
  return read;
}

describe('readLines', () => {
  it.each([1, 2, 3, 100])('gives whole lines and characters from pieces of %i bytes', async (size) => {
    expect(await lines('one ☃\r\n\ntwo\nrest', size)).toEqual(['one ☃', 'two', 'rest']);
  });

  it('gives nothing for nothing', async () => {
    expect(await lines('', 1)).toEqual([]);
    expect(await lines('\n\n', 1)).toEqual([]);
  });
});
