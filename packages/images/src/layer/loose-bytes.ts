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
  const zeroPiece: Job<T> = () => (hole ??= work(new Uint8Array(pieceBytes)));
  return {
    *add(bytes) {
      for (let at = 0; at < bytes.length;) {
        const length = Math.min(bytes.length - at, pieceBytes - filled);
        piece.set(bytes.subarray(at, at + length), filled);
        at += length;
        filled += length;
        if (filled === pieceBytes) yield take();
      }
    },
    *zeros(count) {
      for (let left = count; left > 0;) {
        if (filled === 0 && left >= pieceBytes) {
          left -= pieceBytes;
          yield zeroPiece;
          continue;
        }
        const length = Math.min(left, pieceBytes - filled);
        piece.fill(0, filled, filled + length);
        left -= length;
        filled += length;
        if (filled === pieceBytes) yield take();
      }
    },
    *flush() {
      if (filled > 0) yield take();
    },
  };
}
