import { DecodeError } from './byte-output.ts';

/** Every probability starts in the middle. */
const half = 1024;

/** A table of probabilities. */
export function probabilities(count: number): Uint16Array {
  return startAnew(new Uint16Array(count));
}

/** Forgets what a table has learned. */
export function startAnew(table: Uint16Array): Uint16Array {
  return table.fill(half);
}

/** Reads the bits of LZMA. Source: 7-Zip, lzma-specification.txt, "Range Decoder". */
export class RangeDecoder {
  private input: Uint8Array = new Uint8Array();
  private at = 0;
  private end = 0;
  private range = 0;
  private code = 0;

  /** Starts at a chunk of input. @throws DecodeError */
  start(input: Uint8Array, from: number, end: number): void {
    if (end - from < 5 || end > input.length || input[from] !== 0) throw new DecodeError('a chunk has no beginning');
    this.input = input;
    this.at = from + 5;
    this.end = end;
    this.range = 0xffff_ffff;
    this.code = 0;
    for (let index = 1; index < 5; index += 1) this.code = ((this.code << 8) | (input[from + index] ?? 0)) >>> 0;
  }

  /** Whether all input is used up, as it has to be at the end of a chunk. */
  get finished(): boolean {
    return this.at === this.end && this.code === 0;
  }

  bit(table: Uint16Array, index: number): number {
    const probability = table[index] ?? half;
    const bound = (this.range >>> 11) * probability;
    if (this.code < bound) {
      this.range = bound;
      table[index] = probability + ((2048 - probability) >>> 5);
      if (bound < 0x100_0000) this.normalize();
      return 0;
    }
    this.range -= bound;
    this.code -= bound;
    table[index] = probability - (probability >>> 5);
    if (this.range < 0x100_0000) this.normalize();
    return 1;
  }

  /** Bits without probabilities, the highest first. */
  direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left -= 1) {
      this.range >>>= 1;
      const one = this.code >= this.range;
      if (one) this.code -= this.range;
      value = (value << 1) | (one ? 1 : 0);
      if (this.range < 0x100_0000) this.normalize();
    }
    return value >>> 0;
  }

  /** A number of that many bits, the highest first. */
  tree(table: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left -= 1) node = (node << 1) | this.bit(table, offset + node);
    return node - (1 << bits);
  }

  /** A number of that many bits, the lowest first. */
  reverseTree(table: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let index = 0; index < bits; index += 1) {
      const bit = this.bit(table, offset + node);
      node = (node << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  private normalize(): void {
    if (this.at >= this.end) throw new DecodeError('a chunk ends inside a symbol');
    this.range = (this.range << 8) >>> 0;
    this.code = ((this.code << 8) | (this.input[this.at] ?? 0)) >>> 0;
    this.at += 1;
  }
}
