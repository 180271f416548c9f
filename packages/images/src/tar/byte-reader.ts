import { endsBefore, type Source } from '../source.ts';

/** Bytes read from the first to the last. Disposing it ends the stream below. */
export interface ByteReader extends AsyncDisposable {
  /** What errors call it. */
  readonly path: string;
  /** Where the next byte is. */
  readonly position: number;
  /** That many bytes, or undefined if none is left at all. @throws FairleadError `CORRUPT_IMAGE` if some are left, but fewer */
  take(length: number): Promise<Uint8Array | undefined>;
  /** Between one byte and that many. @throws FairleadError `CORRUPT_IMAGE` at the end */
  some(length: number): Promise<Uint8Array>;
  /** Leaves bytes out. @throws FairleadError `CORRUPT_IMAGE` if there are fewer */
  skip(length: number): Promise<void>;
  /** Leaves out all that is left, which is read all the same where something below looks at it. */
  drain(): Promise<void>;
}

/** Reads a stream. */
export function streamReader(path: string, stream: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  let position = 0;
  const more = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return false;
      rest = next.value;
    }
    return true;
  };
  const some = async (length: number): Promise<Uint8Array> => {
    if (!(await more())) throw endsBefore(path, position, { offset: position, length });
    const part = rest.subarray(0, length);
    rest = rest.subarray(part.length);
    position += part.length;
    return part;
  };
  const take = async (length: number): Promise<Uint8Array | undefined> =>
    (await more()) ? gather(length, some) : undefined;
  const skip = async (length: number): Promise<void> => {
    for (let left = length; left > 0;) left -= (await some(left)).length;
  };
  const drain = async (): Promise<void> => {
    while (await more()) await some(rest.length);
  };
  const end = async (): Promise<void> => void (await iterator.return?.());
  return {
    path,
    some,
    take,
    skip,
    drain,
    [Symbol.asyncDispose]: end,
    get position() {
      return position;
    },
  };
}

async function gather(length: number, some: ByteReader['some']): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let have = 0; have < length;) {
    const part = await some(length - have);
    bytes.set(part, have);
    have += part.length;
  }
  return bytes;
}

/** Reads a source from its start; leaving out costs nothing where the source can be read at any place. */
export function sourceReader(source: Source): ByteReader {
  const { path, size } = source;
  if (source.sequential) return streamReader(path, source.all());
  let position = 0;
  const some = async (length: number): Promise<Uint8Array> => {
    const bytes = await source.read({ offset: position, length });
    position += length;
    return bytes;
  };
  const take = async (length: number): Promise<Uint8Array | undefined> =>
    position === size ? undefined : some(length);
  const skip = async (length: number): Promise<void> => {
    if (position + length > size) throw endsBefore(path, size, { offset: position, length });
    position += length;
  };
  const drain = async (): Promise<void> => {
    position = size;
  };
  const end = async (): Promise<void> => undefined;
  return {
    path,
    some,
    take,
    skip,
    drain,
    [Symbol.asyncDispose]: end,
    get position() {
      return position;
    },
  };
}
