import { StringDecoder } from 'node:string_decoder';
import type { LogChunk, LogLine, LogSource } from '../logs.ts';

/** Longest line in characters that is kept together; longer ones come in pieces marked `partial`. */
export const longestLine: number = 1024 * 1024;

/** Turns chunks into lines, each stream for itself; a character cut by a chunk's border stays whole (C43, C51). */
export class LineAssembler {
  readonly #streams = new Map<LogSource, OpenLine>();

  /** The lines that this chunk completes. */
  push(chunk: LogChunk): readonly LogLine[] {
    const open = this.#open(chunk.stream);
    if (open.text === '' && chunk.time !== undefined) open.time = chunk.time;
    const pieces = (open.text + open.decoder.write(chunk.bytes)).split('\n');
    open.text = pieces.pop() ?? '';
    const lines: LogLine[] = [];
    for (const text of pieces) {
      const rest = cutLong(text, (piece) => lines.push(toLine(chunk.stream, piece, open.time, true)));
      lines.push(toLine(chunk.stream, rest, open.time, false));
      if (chunk.time !== undefined) open.time = chunk.time;
    }
    open.text = cutLong(open.text, (piece) => lines.push(toLine(chunk.stream, piece, open.time, true)));
    return lines;
  }

  /** What was written without a newline before the end. */
  end(): readonly LogLine[] {
    const lines: LogLine[] = [];
    for (const [stream, open] of this.#streams) {
      const text = open.text + open.decoder.end();
      if (text !== '') lines.push(toLine(stream, text, open.time, true));
    }
    this.#streams.clear();
    return lines;
  }

  #open(stream: LogSource): OpenLine {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    const open: OpenLine = { decoder: new StringDecoder('utf8'), text: '', time: undefined };
    this.#streams.set(stream, open);
    return open;
  }
}

interface OpenLine {
  readonly decoder: StringDecoder;
  text: string;
  time: string | undefined;
}

/** Gives pieces of the longest length until the rest fits; a character of two units is not cut in between. */
function cutLong(text: string, give: (piece: string) => void): string {
  let from = 0;
  while (text.length - from > longestLine) {
    const isPair = /[\uD800-\uDBFF]/.test(text.charAt(from + longestLine - 1));
    const to = from + longestLine - (isPair ? 1 : 0);
    give(text.slice(from, to));
    from = to;
  }
  return text.slice(from);
}

function toLine(stream: LogSource, text: string, time: string | undefined, partial: boolean): LogLine {
  return { stream, text, ...(time === undefined ? {} : { time }), ...(partial ? { partial } : {}) };
}
