/** Keeps the end of what is pushed. */
export class TailBuffer {
  readonly #limit: number;
  #bytes: Buffer = Buffer.alloc(0);

  /** @param limit bytes to keep; default 16 KiB */
  constructor(limit: number = 16 * 1024) {
    this.#limit = limit;
  }

  push(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#bytes, bytes]);
    this.#bytes = all.length > this.#limit ? Buffer.from(all.subarray(all.length - this.#limit)) : all;
  }

  /** As UTF-8. */
  text(): string {
    return this.#bytes.toString('utf8');
  }
}
