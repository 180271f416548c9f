import { ByteOutput, DecodeError } from './byte-output.ts';

/**
 * Expands a raw LZ4 block. Source: github.com/lz4/lz4, doc/lz4_Block_format.md.
 * @throws DecodeError for damaged input, or for more than `limit` bytes
 */
export function expandLz4Block(input: Uint8Array, limit: number): Uint8Array {
  const output = new ByteOutput(limit);
  let at = 0;
  const next = (): number => {
    const byte = input[at];
    if (byte === undefined) throw new DecodeError('the input ends inside a sequence');
    at += 1;
    return byte;
  };
  const longer = (length: number): number => {
    let whole = length;
    for (let byte = 255; byte === 255;) {
      byte = next();
      whole += byte;
    }
    return whole;
  };
  for (;;) {
    const token = next();
    const literals = token >>> 4 === 15 ? longer(15) : token >>> 4;
    output.copyIn(input, at, literals);
    at += literals;
    // The last sequence has no repetition.
    if (at === input.length) return output.done();
    const distance = next() | (next() << 8);
    const length = (token & 15) === 15 ? longer(15) : token & 15;
    output.repeat(distance, length + 4);
  }
}
