/** Damaged input of a decoder; whoever knows which file it came from tells the user. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Expanded bytes, never more than the limit; earlier ones can be repeated. */
export class ByteOutput {
  readonly bytes: Uint8Array;
  /** How many there are. */
  length = 0;

  constructor(limit: number) {
    this.bytes = new Uint8Array(limit);
  }

  /** @throws DecodeError beyond the limit, or beyond the end of the input */
  copyIn(input: Uint8Array, from: number, count: number): void {
    if (from + count > input.length) throw new DecodeError('the input ends inside literals');
    this.reserve(count);
    this.bytes.set(input.subarray(from, from + count), this.length);
    this.length += count;
  }

  /** Repeats bytes that lie that far back. @throws DecodeError beyond the limit, or before the first byte */
  repeat(distance: number, count: number): void {
    if (distance < 1 || distance > this.length) throw new DecodeError(`a repetition from ${distance} bytes back`);
    this.reserve(count);
    const { bytes } = this;
    let to = this.length;
    const end = to + count;
    if (distance >= count) bytes.copyWithin(to, to - distance, to - distance + count);
    else for (let from = to - distance; to < end; to += 1, from += 1) bytes[to] = bytes[from] ?? 0;
    this.length = end;
  }

  /** The bytes so far. */
  done(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    throw new DecodeError(`more than ${this.bytes.length} bytes`);
  }
}
