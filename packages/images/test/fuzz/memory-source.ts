import { corrupt } from '../../src/failure.ts';
import type { Range, Source } from '../../src/source.ts';

/** A reader asked for so much more than there is that it must be going round in circles. */
class ReadBudgetError extends Error {
  override readonly name = 'ReadBudgetError';
}

/** What has been asked of a source. */
export interface Reads {
  bytes: number;
  calls: number;
  /** Every range, in order. */
  readonly ranges: Range[];
}

interface MemoryOptions {
  /** Reads beyond it are an error that no reader may hide. Default: no limit. */
  readonly budgetBytes?: number;
  readonly signal?: AbortSignal;
}

/** Bytes in memory as a source that counts what is read of it. */
export function memorySource(
  bytes: Uint8Array,
  { budgetBytes = Number.POSITIVE_INFINITY, signal = new AbortController().signal }: MemoryOptions = {},
): Source & { readonly reads: Reads } {
  const reads: Reads = { bytes: 0, calls: 0, ranges: [] };
  const path = 'image';
  const size = bytes.length;
  const take = (range: Range): Uint8Array => {
    signal.throwIfAborted();
    const { offset, length } = range;
    const end = offset + length;
    const sound = Number.isSafeInteger(offset) && Number.isSafeInteger(end) && offset >= 0 && length >= 0;
    if (!sound || end > size) throw corrupt({ path, where: `bytes ${offset} to ${end}`, why: 'it is truncated' });
    reads.calls += 1;
    reads.bytes += length;
    reads.ranges.push(range);
    if (reads.bytes > budgetBytes) throw new ReadBudgetError(`${reads.bytes} bytes were read of ${size}`);
    return bytes.slice(offset, end);
  };
  const read = async (range: Range): Promise<Uint8Array> => take(range);
  async function* stream({ offset, length }: Range): AsyncGenerator<Uint8Array, void, void> {
    for (let at = 0; at < length; at += 65_536) {
      yield take({ offset: offset + at, length: Math.min(65_536, length - at) });
    }
  }
  const all = (): AsyncGenerator<Uint8Array, void, void> => stream({ offset: 0, length: size });
  const close = async (): Promise<void> => undefined;
  const source = { path, size, signal, sequential: false, read, stream, all, checkUnchanged: close } as const;
  return { ...source, reads, [Symbol.asyncDispose]: close };
}
