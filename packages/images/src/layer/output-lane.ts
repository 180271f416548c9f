import { eventLoopTurns } from '../event-loop-turn.ts';
import { limits } from '../limits.ts';

/** Large enough that hashing and writing cost little per chunk. */
const chunkBytes = 524_288;
/** As many as the threads that expand can have in work, with some to spare. */
const mostPromises = 16;
const mostParts = 2048;
const zeroChunk = new Uint8Array(chunkBytes);

interface Part {
  /** Undefined: zeros, or what the promise will give. */
  bytes: Uint8Array | undefined;
  readonly promise: Promise<Uint8Array> | undefined;
  /** Bytes that have gone out. */
  gone: number;
  left: number;
}

/** Bytes on their way out in order, some of which are still being made. */
export class OutputLane {
  private readonly turn: () => Promise<void>;
  private parts: Part[] = [];
  private first = 0;
  private promises = 0;
  private waiting = 0;
  private chunk = Buffer.allocUnsafeSlow(chunkBytes);
  private filled = 0;

  /** An empty lane; reading from it rejects once the signal fires. */
  constructor(signal: AbortSignal) {
    this.turn = eventLoopTurns(signal);
  }

  /** So much is on its way that `advance` should be called before more is added. */
  get full(): boolean {
    const many = this.promises >= mostPromises || this.parts.length - this.first >= mostParts;
    return many || this.waiting >= limits.laneBytes;
  }

  bytes(bytes: Uint8Array): void {
    this.waiting += bytes.length;
    this.parts.push({ bytes, promise: undefined, gone: 0, left: bytes.length });
  }

  zeros(count: number): void {
    if (count > 0) this.parts.push({ bytes: undefined, promise: undefined, gone: 0, left: count });
  }

  /** What a promise will give: that many bytes. */
  later(promise: Promise<Uint8Array>, length: number): void {
    const part: Part = { bytes: undefined, promise, gone: 0, left: length };
    this.promises += 1;
    this.parts.push(part);
    const keep = (bytes: Uint8Array): void => {
      part.bytes = bytes;
    };
    // A rejection is told to whoever reads the part, not to nobody in particular.
    promise.then(keep, () => undefined);
  }

  /** A chunk if one is complete; undefined once the lane has room again. @throws what a promise rejected with */
  advance(): Promise<Uint8Array | undefined> {
    return this.pump(() => this.full);
  }

  /** The rest, chunk by chunk; undefined at the end. @throws what a promise rejected with */
  async finish(): Promise<Uint8Array | undefined> {
    const chunk = await this.pump(() => true);
    if (chunk !== undefined) return chunk;
    await this.turn();
    return this.filled === 0 ? undefined : this.take();
  }

  private async pump(goesOn: () => boolean): Promise<Uint8Array | undefined> {
    while (goesOn()) {
      const part = this.parts[this.first];
      if (part === undefined) return undefined;
      if (part.promise !== undefined) part.bytes ??= await part.promise;
      const chunk = this.copy(part);
      if (part.left === 0) this.drop(part);
      if (chunk === undefined) continue;
      await this.turn();
      return chunk;
    }
    return undefined;
  }

  /** Copies what fits; a chunk that it completes is given. */
  private copy(part: Part): Uint8Array | undefined {
    const { bytes, gone } = part;
    if (bytes === undefined && this.filled === 0 && part.left >= chunkBytes) {
      part.left -= chunkBytes;
      return zeroChunk;
    }
    const length = Math.min(part.left, chunkBytes - this.filled);
    if (bytes === undefined) this.chunk.fill(0, this.filled, this.filled + length);
    else this.chunk.set(bytes.subarray(gone, gone + length), this.filled);
    part.gone += length;
    part.left -= length;
    this.filled += length;
    return this.filled === chunkBytes ? this.take() : undefined;
  }

  private take(): Uint8Array {
    const done = this.chunk.subarray(0, this.filled);
    this.chunk = Buffer.allocUnsafeSlow(chunkBytes);
    this.filled = 0;
    return done;
  }

  private drop(part: Part): void {
    this.first += 1;
    if (part.promise !== undefined) this.promises -= 1;
    else if (part.bytes !== undefined) this.waiting -= part.bytes.length;
    if (this.first < mostParts) return;
    this.parts = this.parts.slice(this.first);
    this.first = 0;
  }
}
