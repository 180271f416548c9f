import { chunkBytes } from '../layer/chunk-output.ts';

/** So many chunks are under way at a time: enough that writing and expanding do not wait for each other. */
const mostChunks = 4;

/** Buffers for the chunks of a thread; those that come back are used again. */
export class ChunkLender {
  private free: ArrayBuffer[] = [];
  private out = 0;
  private wake: (() => void) | undefined;

  /** A buffer; what is in it is to be overwritten. */
  chunk(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.free.pop() ?? new ArrayBuffer(chunkBytes));
  }

  /** A chunk has gone out. Resolves as soon as there may be one more. */
  async sent(): Promise<void> {
    this.out += 1;
    while (this.out >= mostChunks) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.wake = resolve;
      await promise;
    }
  }

  /** The reader has used a chunk, and gives its buffer back if it was lent. */
  takeBack(buffer: ArrayBuffer | undefined): void {
    this.out -= 1;
    if (buffer !== undefined && buffer.byteLength === chunkBytes) this.free.push(buffer);
    this.wake?.();
  }
}
