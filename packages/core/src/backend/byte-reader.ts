/** Reads a stream of chunks by length instead of by chunk. */
export interface ByteReader {
  /** That many bytes, or fewer at the end. */
  take(length: number): Promise<Uint8Array>;
  /** Between one and that many bytes, as they are at hand; empty at the end. */
  some(atMost: number): Promise<Uint8Array>;
  /** Tells the source that nothing more is wanted. */
  close(): Promise<void>;
}

/** A reader of a source that nobody else reads. */
export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  const some = async (atMost: number): Promise<Uint8Array> => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return rest;
      rest = next.value;
    }
    const bytes = rest.subarray(0, atMost);
    rest = rest.subarray(bytes.length);
    return bytes;
  };
  return {
    some,
    async take(length) {
      const parts: Uint8Array[] = [];
      for (let left = length; left > 0;) {
        const bytes = await some(left);
        if (bytes.length === 0) break;
        left -= bytes.length;
        parts.push(bytes);
      }
      return Buffer.concat(parts);
    },
    async close() {
      await iterator.return?.();
    },
  };
}
