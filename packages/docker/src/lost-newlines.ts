import { createByteReader } from '@fairlead/core/backend';

const headerLength = 8;
/** Longest piece of a line that the engine keeps as one entry of its log. Source: moby, daemon/logger/copier.go. */
const longestPiece = 16_384;
const newline = 0x0a;
const blank = 0x20;

/**
 * A framed log with the newlines that Docker 20.10 leaves out: its driver `local` keeps a line above 16 KiB in pieces
 * and forgets the newline of the last one. A piece that is shorter than possible and follows an unfinished one ends
 * a line; only at the very end of a stream it may have had no newline, and gets one nevertheless.
 */
export async function* restoreNewlines(
  body: AsyncIterable<Uint8Array>,
  { timestamps }: { readonly timestamps: boolean },
): AsyncGenerator<Uint8Array> {
  const reader = createByteReader(body);
  const unfinished = new Set<number>();
  try {
    for (;;) {
      const header = await reader.take(headerLength);
      if (header.length === 0) return;
      const length = header.length < headerLength ? 0 : new DataView(header.buffer, header.byteOffset).getUint32(4);
      const data = await reader.take(length);
      yield finish({ header, data, timestamps }, unfinished);
    }
  } finally {
    await reader.close();
  }
}

interface Frame {
  readonly header: Uint8Array;
  readonly data: Uint8Array;
  readonly timestamps: boolean;
}

/** The frame, with a newline more if it ends a line in silence. Notes whether its stream is in the middle of a line. */
function finish({ header, data, timestamps }: Frame, unfinished: Set<number>): Uint8Array {
  const [stream = 0] = header;
  const pieceLength = timestamps ? data.length - data.indexOf(blank) - 1 : data.length;
  const ended = data.at(-1) === newline && pieceLength > 0;
  const lost = !ended && pieceLength < longestPiece && unfinished.has(stream);
  if (ended || lost) unfinished.delete(stream);
  else if (pieceLength >= longestPiece) unfinished.add(stream);
  if (!lost) return Buffer.concat([header, data]);
  const longer = Buffer.concat([header, data, Uint8Array.of(newline)]);
  longer.writeUInt32BE(data.length + 1, 4);
  return longer;
}
