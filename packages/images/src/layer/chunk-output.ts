/** Large enough that hashing, writing and passing on cost little per chunk. */
export const chunkBytes = 1_048_576;

/** Gives a buffer for the next chunk; it is filled to its end, but for the last one. */
export type NewChunk = () => Uint8Array<ArrayBuffer>;

/** Cuts bytes into chunks. */
export class ChunkOutput {
  private readonly newChunk: NewChunk;
  private chunk: Uint8Array<ArrayBuffer> | undefined;
  private filled = 0;
  private ready: Uint8Array<ArrayBuffer>[] = [];

  constructor(newChunk: NewChunk) {
    this.newChunk = newChunk;
  }

  bytes(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const chunk = this.room();
      const length = Math.min(bytes.length - from, chunk.length - this.filled);
      chunk.set(length === bytes.length ? bytes : bytes.subarray(from, from + length), this.filled);
      this.advance(chunk, length);
      from += length;
    }
  }

  zeros(count: number): void {
    for (let left = count; left > 0;) {
      const chunk = this.room();
      const length = Math.min(left, chunk.length - this.filled);
      chunk.fill(0, this.filled, this.filled + length);
      this.advance(chunk, length);
      left -= length;
    }
  }

  /** Whether `take` would give something. */
  get full(): boolean {
    return this.ready.length > 0;
  }

  /** The chunks that are full. */
  take(): readonly Uint8Array<ArrayBuffer>[] {
    const taken = this.ready;
    this.ready = [];
    return taken;
  }

  /** The chunks that are full, and the one that is not. */
  finish(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.chunk !== undefined && this.filled > 0) this.ready.push(this.chunk.subarray(0, this.filled));
    this.chunk = undefined;
    this.filled = 0;
    return this.take();
  }

  private room(): Uint8Array<ArrayBuffer> {
    this.chunk ??= this.newChunk();
    return this.chunk;
  }

  private advance(chunk: Uint8Array<ArrayBuffer>, length: number): void {
    this.filled += length;
    if (this.filled < chunk.length) return;
    this.ready.push(chunk);
    this.chunk = undefined;
    this.filled = 0;
  }
}
