import { DecodeError, type ByteOutput } from './byte-output.ts';
import { probabilities, RangeDecoder, startAnew } from './range-decoder.ts';

/** Lengths of repetitions: two short ranges for each position, one long. */
class LengthDecoder {
  private readonly choice = probabilities(2);
  private readonly low = probabilities(16 << 3);
  private readonly middle = probabilities(16 << 3);
  private readonly high = probabilities(256);

  reset(): void {
    for (const table of [this.choice, this.low, this.middle, this.high]) startAnew(table);
  }

  read(range: RangeDecoder, position: number): number {
    if (range.bit(this.choice, 0) === 0) return 2 + range.tree(this.low, position << 3, 3);
    if (range.bit(this.choice, 1) === 0) return 10 + range.tree(this.middle, position << 3, 3);
    return 18 + range.tree(this.high, 0, 8);
  }
}

const states = 12;

/** The symbols of LZMA. Source: 7-Zip, lzma-specification.txt. */
export class LzmaDecoder {
  readonly range: RangeDecoder = new RangeDecoder();
  private readonly output: ByteOutput;
  private contextBits = 3;
  private positionMask = 3;
  private literalPositionMask = 0;
  private state = 0;
  private distances: [number, number, number, number] = [0, 0, 0, 0];
  /** As many as there can be; how many are used depends on the properties. */
  private readonly literal = probabilities(0x300 << 4);
  private readonly isMatch = probabilities(states << 4);
  private readonly isRep = probabilities(states);
  private readonly isRep0 = probabilities(states);
  private readonly isRep1 = probabilities(states);
  private readonly isRep2 = probabilities(states);
  private readonly isRep0Long = probabilities(states << 4);
  private readonly slots = probabilities(4 << 6);
  private readonly special = probabilities(128);
  private readonly align = probabilities(16);
  private readonly matchLength = new LengthDecoder();
  private readonly repLength = new LengthDecoder();

  constructor(output: ByteOutput) {
    this.output = output;
  }

  /** Sets lc, lp and pb from their byte. @throws DecodeError */
  setProperties(byte: number): void {
    const positionBits = Math.floor(byte / 45);
    const literalPositionBits = Math.floor(byte / 9) % 5;
    this.contextBits = byte % 9;
    if (positionBits > 4 || this.contextBits + literalPositionBits > 4) throw new DecodeError('unknown properties');
    this.positionMask = (1 << positionBits) - 1;
    this.literalPositionMask = (1 << literalPositionBits) - 1;
  }

  /** Forgets everything but the bytes that came out. */
  reset(): void {
    this.state = 0;
    this.distances = [0, 0, 0, 0];
    startAnew(this.literal.subarray(0, 0x300 * (this.literalPositionMask + 1) * 2 ** this.contextBits));
    const { isMatch, isRep, isRep0, isRep1, isRep2, isRep0Long, slots, special, align } = this;
    const tables = [isMatch, isRep, isRep0, isRep1, isRep2, isRep0Long, slots, special, align];
    for (const table of tables) startAnew(table);
    this.matchLength.reset();
    this.repLength.reset();
  }

  /** Symbols until there are that many bytes. @throws DecodeError */
  decode(end: number): void {
    const { output, range } = this;
    while (output.length < end) {
      const position = output.length & this.positionMask;
      if (range.bit(this.isMatch, (this.state << 4) + position) === 0) this.readLiteral();
      else this.readRepetition(position, end);
    }
  }

  private readLiteral(): void {
    const { output, range, literal } = this;
    const before = output.length === 0 ? 0 : (output.bytes[output.length - 1] ?? 0);
    const context =
      ((output.length & this.literalPositionMask) << this.contextBits) + (before >>> (8 - this.contextBits));
    const table = 0x300 * context;
    let symbol = 1;
    if (this.state >= 7) {
      let match = output.bytes[output.length - this.distances[0] - 1] ?? 0;
      do {
        const matchBit = (match >>> 7) & 1;
        match <<= 1;
        const bit = range.bit(literal, table + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      } while (symbol < 0x100);
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(literal, table + symbol);
    output.bytes[output.length] = symbol & 0xff;
    output.length += 1;
    this.state = this.state < 4 ? 0 : this.state < 10 ? this.state - 3 : this.state - 6;
  }

  private readRepetition(position: number, end: number): void {
    const { output, range, state } = this;
    let length = 1;
    if (range.bit(this.isRep, state) === 0) {
      length = this.matchLength.read(range, position);
      const [first, second, third] = this.distances;
      this.distances = [this.readDistance(length), first, second, third];
      this.state = state < 7 ? 7 : 10;
    } else if (this.readRep(position)) {
      this.state = state < 7 ? 9 : 11;
    } else {
      length = this.repLength.read(range, position);
      this.state = state < 7 ? 8 : 11;
    }
    if (output.length + length > end) throw new DecodeError('a repetition leaves its chunk');
    output.repeat(this.distances[0] + 1, length);
  }

  /** Chooses one of the last distances; whether it is repeated for one byte only. */
  private readRep(position: number): boolean {
    const { range, state } = this;
    const [first, second, third, fourth] = this.distances;
    if (range.bit(this.isRep0, state) === 0) return range.bit(this.isRep0Long, (state << 4) + position) === 0;
    if (range.bit(this.isRep1, state) === 0) this.distances = [second, first, third, fourth];
    else if (range.bit(this.isRep2, state) === 0) this.distances = [third, first, second, fourth];
    else this.distances = [fourth, first, second, third];
    return false;
  }

  private readDistance(length: number): number {
    const { range } = this;
    const slot = range.tree(this.slots, Math.min(length - 2, 3) << 6, 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + range.reverseTree(this.special, base - slot, bits);
    return base + range.direct(bits - 4) * 16 + range.reverseTree(this.align, 0, 4);
  }
}
