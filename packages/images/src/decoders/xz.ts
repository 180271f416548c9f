import { crc32 } from 'node:zlib';
import { bcjFilter, type Filter } from './bcj.ts';
import { ByteOutput, DecodeError } from './byte-output.ts';
import { LzmaDecoder } from './lzma-decoder.ts';
import { xzCheck } from './xz-check.ts';

/**
 * Expands an xz stream of one block, as squashfs has them: LZMA2, with filters for machine code before it.
 * Source: tukaani.org, xz-file-format.txt. @throws DecodeError for damaged input, or for more than `limit` bytes
 */
export function expandXz(input: Uint8Array, limit: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length < 24 || view.getUint32(0) !== 0xfd37_7a58 || view.getUint16(4) !== 0x5a00) {
    throw new DecodeError('no xz stream');
  }
  if (crc32(input.subarray(6, 8)) !== view.getUint32(8, true)) throw new DecodeError('the header is damaged');
  const check = input[6] === 0 ? xzCheck(input[7] ?? 0) : undefined;
  if (check === undefined) throw new DecodeError(`check ${input[7]} is unknown`);
  const { filters, end } = blockHeader(input, view);
  const output = new ByteOutput(limit);
  const used = expandLzma2(input, end, output);
  const bytes = output.done();
  for (const filter of filters.toReversed()) filter(bytes);
  const padded = used + ((4 - ((used - 12) & 3)) & 3);
  const stored = input.subarray(padded, padded + check.bytes);
  if (stored.length < check.bytes) throw new DecodeError('the check is missing');
  if (Buffer.compare(check.of(bytes), stored) !== 0) throw new DecodeError('the content does not fit its check');
  return bytes;
}

/** Where filters and their properties stand. */
interface BlockHeader {
  readonly filters: readonly Filter[];
  /** Where the compressed bytes begin. */
  readonly end: number;
}

function blockHeader(input: Uint8Array, view: DataView): BlockHeader {
  const size = ((input[12] ?? 0) + 1) * 4;
  const end = 12 + size;
  // An index in the place of a block: the stream is empty.
  if (size === 4 || end > input.length) throw new DecodeError('no block');
  if (crc32(input.subarray(12, end - 4)) !== view.getUint32(end - 4, true))
    throw new DecodeError('the block header is damaged');
  const flags = input[13] ?? 0;
  let at = 14;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = at < end - 4 ? (input[at] ?? 0) : 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new DecodeError('a number has no end');
  };
  if ((flags & 0x40) !== 0) number();
  if ((flags & 0x80) !== 0) number();
  const count = (flags & 3) + 1;
  const filters: Filter[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = number();
    const properties = number();
    const last = index === count - 1;
    if (last !== (id === 0x21) || at + properties > end - 4) throw new DecodeError(`filter ${id} in the wrong place`);
    if (!last) filters.push(bcjFilter(id, input.subarray(at, at + properties)));
    at += properties;
  }
  return { filters, end };
}

/**
 * Fewest bytes between two resets of the state, on average. Each costs as much as thousands of symbols, and liblzma makes
 * one behind a chunk that it could not pack, so of some 60 KiB.
 */
const resetBytes = 4096;

/** Expands chunks of LZMA2 and gives where they end. */
function expandLzma2(input: Uint8Array, from: number, output: ByteOutput): number {
  const decoder = new LzmaDecoder(output);
  let at = from;
  let ready = false;
  let resets = 0;
  for (;;) {
    const control = input[at];
    if (control === undefined) throw new DecodeError('the last chunk is missing');
    if (control === 0) return at + 1;
    const size = (((input[at + 1] ?? 0) << 8) | (input[at + 2] ?? 0)) + 1;
    if (control < 0x80) {
      if (control > 2) throw new DecodeError(`chunk of kind ${control}`);
      output.copyIn(input, at + 3, size);
      at += 3 + size;
      continue;
    }
    const expanded = ((control & 0x1f) << 16) + size;
    const stored = (((input[at + 3] ?? 0) << 8) | (input[at + 4] ?? 0)) + 1;
    const start = control >= 0xc0 ? at + 6 : at + 5;
    if (control >= 0xc0) decoder.setProperties(input[at + 5] ?? 255);
    if (control >= 0xa0) {
      resets += 1;
      if (resets > 1 + output.length / resetBytes) throw new DecodeError('its chunks start anew too often');
      decoder.reset();
    }
    ready ||= control >= 0xc0;
    if (!ready || output.length + expanded > output.bytes.length) throw new DecodeError('a chunk that does not fit');
    decoder.range.start(input, start, start + stored);
    decoder.decode(output.length + expanded);
    if (!decoder.range.finished) throw new DecodeError('a chunk holds more than its symbols');
    at = start + stored;
  }
}
