import { FairleadError } from '../errors.ts';
import type { LogChunk, LogSource } from '../logs.ts';

/** How the frames were asked for. */
export interface FrameOptions {
  /** The engine was asked for timestamps: each frame begins with one and a blank (C45). Default false. */
  readonly timestamps?: boolean | undefined;
}

const headerLength = 8;
/** RFC 3339 with nanoseconds and an offset has 35 characters. */
const longestTimestamp = 64;
const newline = 0x0a;
const blank = 0x20;

/**
 * The two streams that an engine has put into one body. Neighbouring frames of a stream that arrive together are
 * joined; with timestamps each chunk lies within one frame and one line, and tells that frame's time.
 * Format: 8 bytes header (stream 1 or 2, three zero bytes, length as big-endian 32 bits), then the data.
 * @throws FairleadError `ENGINE_FAILURE` for a body that is not framed, `CONNECTION_LOST` for one that ends inside a frame
 */
export async function* demultiplex(
  source: AsyncIterable<Uint8Array>,
  options: FrameOptions = {},
): AsyncGenerator<LogChunk> {
  const reader = createFrameReader(options.timestamps ?? false);
  for await (const bytes of source) yield* reader.push(bytes);
  reader.end();
}

interface FrameReader {
  push(bytes: Uint8Array): readonly LogChunk[];
  end(): void;
}

function createFrameReader(timestamps: boolean): FrameReader {
  const header = new Uint8Array(headerLength);
  let headerBytes = 0;
  let left = 0;
  let stream: LogSource = 'stdout';
  let stamp: StampReader | undefined;
  const joined = createJoiner();

  const readHeader = (bytes: Uint8Array): number => {
    const part = bytes.subarray(0, headerLength - headerBytes);
    header.set(part, headerBytes);
    headerBytes += part.length;
    if (headerBytes < headerLength) return part.length;
    headerBytes = 0;
    ({ stream, left } = parseHeader(header));
    stamp = timestamps ? createStampReader() : undefined;
    return part.length;
  };
  const readData = (bytes: Uint8Array): number => {
    const part = bytes.subarray(0, left);
    left -= part.length;
    if (stamp === undefined) joined.add(stream, part);
    else for (const { time, line } of stamp.push(part)) joined.put({ stream, bytes: line, time });
    return part.length;
  };
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length;) {
        const rest = bytes.subarray(at);
        at += left === 0 ? readHeader(rest) : readData(rest);
      }
      return joined.take();
    },
    end() {
      if (left > 0 || headerBytes > 0) throw cutFrame(left);
    },
  };
}

/** Collects chunks and joins neighbours of one stream. */
function createJoiner(): {
  add(stream: LogSource, bytes: Uint8Array): void;
  put(chunk: LogChunk): void;
  take(): readonly LogChunk[];
} {
  let chunks: LogChunk[] = [];
  let parts: Uint8Array[] = [];
  let current: LogSource = 'stdout';
  const flush = (): void => {
    const [first] = parts;
    if (first !== undefined) {
      chunks.push({ stream: current, bytes: parts.length === 1 ? first : Buffer.concat(parts) });
    }
    parts = [];
  };
  return {
    add(stream, bytes) {
      if (stream !== current) flush();
      current = stream;
      parts.push(bytes);
    },
    put(chunk) {
      chunks.push(chunk);
    },
    take() {
      flush();
      const taken = chunks;
      chunks = [];
      return taken;
    },
  };
}

interface StampReader {
  push(bytes: Uint8Array): readonly { readonly time: string; readonly line: Uint8Array }[];
}

/** Cuts the time off the beginning of one frame and splits what follows after each newline. */
function createStampReader(): StampReader {
  let time: string | undefined;
  let collected = '';
  return {
    push(bytes) {
      let data = bytes;
      if (time === undefined) {
        const end = bytes.indexOf(blank);
        const part = end === -1 ? bytes : bytes.subarray(0, end);
        if (collected.length + part.length > longestTimestamp) throw noTimestamp();
        collected += Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1');
        if (end === -1) return [];
        if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(collected)) throw noTimestamp();
        time = collected;
        data = bytes.subarray(end + 1);
      }
      const at = time;
      return splitLines(data).map((line) => ({ time: at, line }));
    },
  };
}

/** Pieces that end after a newline, and the rest. */
function splitLines(bytes: Uint8Array): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = bytes.indexOf(newline, at);
    const end = found === -1 ? bytes.length : found + 1;
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

function parseHeader(header: Uint8Array): { readonly stream: LogSource; readonly left: number } {
  const [kind, a, b, c] = header;
  const zero = a === 0 && b === 0 && c === 0;
  const left = new DataView(header.buffer, header.byteOffset).getUint32(4);
  if (zero && kind === 1) return { stream: 'stdout', left };
  if (zero && kind === 2) return { stream: 'stderr', left };
  throw new FairleadError({
    code: 'ENGINE_FAILURE',
    operation: 'logs',
    message: `the engine's answer is not framed: header ${Buffer.from(header).toString('hex')}`,
    hint: 'A container with a terminal sends its output without frames.',
  });
}

function cutFrame(left: number): FairleadError {
  return new FairleadError({
    code: 'CONNECTION_LOST',
    operation: 'logs',
    message: `the output ended inside a frame, ${left > 0 ? `${left} bytes before its end` : 'in its header'}`,
    retryable: 'yes',
  });
}

function noTimestamp(): FairleadError {
  return new FairleadError({
    code: 'ENGINE_FAILURE',
    operation: 'logs',
    message: 'a frame of the output does not begin with a time, although times were asked for',
  });
}
