import type { Job } from './in-order.ts';

/** Gathers bytes that come in pieces, and gives them on in pieces of one size. */
export interface LooseBytes<T> {
  /** The work that becomes ready by adding these bytes; they are copied. */
  add(bytes: Uint8Array): Generator<Job<T>, void, void>;
  zeros(count: number): Generator<Job<T>, void, void>;
  /** The work on what is left. */
  flush(): Generator<Job<T>, void, void>;
}

const pieceBytes = 524_288;
const nothing = new Uint8Array(pieceBytes);

/** Bytes for some work on them; that on a piece of zeros is done once. */
export function looseBytes<T>(work: (bytes: Uint8Array) => Promise<T>): LooseBytes<T> {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let filled = 0;
  let hole: Promise<T> | undefined;
  const take = (): Job<T> => {
    const whole = piece.subarray(0, filled);
    piece = Buffer.allocUnsafeSlow(pieceBytes);
    filled = 0;
    return () => work(whole);
  };
  function* add(bytes: Uint8Array): Generator<Job<T>, void, void> {
    for (let at = 0; at < bytes.length;) {
      const length = Math.min(bytes.length - at, pieceBytes - filled);
      piece.set(bytes.subarray(at, at + length), filled);
      at += length;
      filled += length;
      if (filled === pieceBytes) yield take();
    }
  }
  function* zeros(count: number): Generator<Job<T>, void, void> {
    for (let left = count; left > 0;) {
      const length = Math.min(left, pieceBytes - filled);
      left -= length;
      if (length === pieceBytes) yield () => (hole ??= work(nothing));
      else yield* add(nothing.subarray(0, length));
    }
  }
  function* flush(): Generator<Job<T>, void, void> {
    if (filled > 0) yield take();
  }
  return { add, zeros, flush };
}
