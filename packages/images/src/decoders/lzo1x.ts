import { ByteOutput, DecodeError } from './byte-output.ts';

/**
 * Expands an LZO1X stream. Source: Linux, Documentation/staging/lzo.rst.
 * @throws DecodeError for damaged input, or for more than `limit` bytes
 */
export function expandLzo1x(input: Uint8Array, limit: number): Uint8Array {
  const decoder = new Lzo1x(input, limit);
  return decoder.run();
}

/** After a run of literals; lower states are numbers of literals that followed the last repetition. */
const afterRun = 4;

class Lzo1x {
  private readonly input: Uint8Array;
  private readonly output: ByteOutput;
  private at = 0;
  private state = 0;

  constructor(input: Uint8Array, limit: number) {
    this.input = input;
    this.output = new ByteOutput(limit);
  }

  run(): Uint8Array {
    const first = this.input[0] ?? 0;
    if (first > 17) {
      this.at = 1;
      this.literals(first - 17);
      this.state = Math.min(first - 17, afterRun);
    }
    while (this.instruction());
    return this.output.done();
  }

  /** Whether another one follows. */
  private instruction(): boolean {
    const code = this.next();
    if (code >= 64) {
      const length = code >= 128 ? 5 + ((code >>> 5) & 3) : 3 + ((code >>> 5) & 1);
      this.repeat((this.next() << 3) + ((code >>> 2) & 7) + 1, length, code & 3);
      return true;
    }
    if (code >= 32) {
      const length = this.length(code & 31, 31) + 2;
      const word = this.next() | (this.next() << 8);
      this.repeat((word >>> 2) + 1, length, word & 3);
      return true;
    }
    if (code >= 16) return this.far(code);
    this.near(code);
    return true;
  }

  private far(code: number): boolean {
    const length = this.length(code & 7, 7) + 2;
    const word = this.next() | (this.next() << 8);
    const distance = ((code & 8) << 11) + (word >>> 2);
    // Distance 0 marks the end.
    if (distance === 0) return false;
    this.repeat(distance + 16_384, length, word & 3);
    return true;
  }

  private near(code: number): void {
    if (this.state === 0) {
      this.literals(this.length(code, 15) + 3);
      this.state = afterRun;
      return;
    }
    const distance = (this.next() << 2) + (code >>> 2) + 1;
    if (this.state === afterRun) this.repeat(distance + 2048, 3, code & 3);
    else this.repeat(distance, 2, code & 3);
  }

  private repeat(distance: number, length: number, literals: number): void {
    this.output.repeat(distance, length);
    this.literals(literals);
    this.state = literals;
  }

  private literals(count: number): void {
    this.output.copyIn(this.input, this.at, count);
    this.at += count;
  }

  /** A length whose short form is 0 is continued in the bytes that follow. */
  private length(short: number, base: number): number {
    if (short !== 0) return short;
    let whole = base;
    for (;;) {
      const byte = this.next();
      if (byte !== 0) return whole + byte;
      whole += 255;
    }
  }

  private next(): number {
    const byte = this.input[this.at];
    if (byte === undefined) throw new DecodeError('the input ends inside an instruction');
    this.at += 1;
    return byte;
  }
}
