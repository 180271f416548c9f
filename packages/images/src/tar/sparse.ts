import { limits } from '../limits.ts';
import type { ByteReader } from './byte-reader.ts';
import { parseNumber, type RawHeader } from './parse-header.ts';
import { paxNumber, paxValue, type Pax } from './pax.ts';
import { blockSize } from './tar-header.ts';

/** A file whose holes are not stored. */
export interface SparseFile {
  /** Of the file with its holes. */
  readonly size: number;
  /** Bytes of it that are stored. */
  readonly stored: number;
  /** Offset and length of each run of stored bytes, one pair after the other; all else is zeros. */
  readonly map: readonly number[];
}

/** How a member says that it is sparse: in its header, in pax records, in front of its content, or nobody knows. */
export type SparseForm = 'header' | 'records' | 'content' | 'unknown';

/** The form of a sparse member. Source: GNU tar manual, "Storing Sparse Files", and its "Basic Tar Format". */
export function sparseForm({ typeFlag, gnu }: RawHeader, pax: Pax): SparseForm | undefined {
  if (typeFlag === 'S') return gnu ? 'header' : 'unknown';
  const version = ['major', 'minor'].map((part) => paxValue(pax, `GNU.sparse.${part}`) ?? '').join('.');
  if (version === '1.0') return 'content';
  if (version === '0.0' || version === '0.1') return 'records';
  if (version !== '.') return 'unknown';
  // The first two forms were written without a version too.
  if (paxValue(pax, 'GNU.sparse.map') !== undefined) return 'records';
  return [...pax.keys()].some((key) => key.startsWith('GNU.sparse.')) ? 'unknown' : undefined;
}

/** What reading a map needs. */
interface SparseOptions {
  readonly form: Exclude<SparseForm, 'unknown'>;
  readonly header: RawHeader;
  readonly pax: Pax;
  /** Bytes that the archive has of the member. */
  readonly stored: number;
  readonly bad: (why: string) => Error;
}

/**
 * Reads the map of a sparse member, behind whose header the reader stands; afterwards it stands at the first stored byte.
 * @throws what `bad` makes of a map that is none, is too long, or does not fit what is stored
 */
export async function readSparse(reader: ByteReader, options: SparseOptions): Promise<SparseFile> {
  const { form, header, pax, stored, bad } = options;
  if (form === 'header') {
    const map = await headerMap(reader, header.block, bad);
    return checked({ size: parseNumber(header.block.subarray(483, 495)), stored, map }, bad);
  }
  const realSize = paxNumber(pax, { key: 'GNU.sparse.realsize', fallback: stored, whole: true });
  const size = paxNumber(pax, { key: 'GNU.sparse.size', fallback: realSize, whole: true });
  if (form === 'records') return checked({ size, stored, map: recordsMap(pax, bad) }, bad);
  const { map, bytes } = await contentMap(reader, stored, bad);
  return checked({ size, stored: stored - bytes, map }, bad);
}

/** Four pairs in the header, and 21 in each block behind it. */
async function headerMap(reader: ByteReader, block: Uint8Array, bad: SparseOptions['bad']): Promise<readonly number[]> {
  const map: number[] = [];
  addPairs(map, block.subarray(386, 482));
  let more = block[482] !== 0;
  for (let bytes = 0; more; bytes += blockSize) {
    if (bytes >= limits.tarExtensionBytes) throw tooLong(bad);
    const next = await reader.take(blockSize);
    if (next === undefined) throw bad('its map of a sparse file is cut off: it is truncated');
    addPairs(map, next.subarray(0, 504));
    more = next[504] !== 0;
  }
  return map;
}

function addPairs(map: number[], bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length && bytes[at] !== 0; at += 24) {
    map.push(parseNumber(bytes.subarray(at, at + 12)), parseNumber(bytes.subarray(at + 12, at + 24)));
  }
}

function recordsMap(pax: Pax, bad: SparseOptions['bad']): readonly number[] {
  const map = (paxValue(pax, 'GNU.sparse.map') ?? '').split(',').filter(Boolean).map(wholeNumber);
  const blocks = paxNumber(pax, { key: 'GNU.sparse.numblocks', fallback: Math.floor(map.length / 2), whole: true });
  if (map.length !== 2 * blocks) throw bad(`a map of a sparse file with ${map.length} numbers for ${blocks} runs`);
  return map;
}

/** Numbers, each on a line of its own, the first one says how many pairs follow; zeros up to the end of a block. */
async function contentMap(
  reader: ByteReader,
  stored: number,
  bad: SparseOptions['bad'],
): Promise<{ readonly map: readonly number[]; readonly bytes: number }> {
  const numbers: number[] = [];
  let rest = '';
  let bytes = 0;
  while (numbers.length < 1 + 2 * (numbers[0] ?? 0)) {
    bytes += blockSize;
    if (bytes > limits.tarExtensionBytes) throw tooLong(bad);
    const block = bytes > stored ? undefined : await reader.take(blockSize);
    if (block === undefined) throw bad('its map of a sparse file is cut off');
    const lines = `${rest}${Buffer.from(block).toString('latin1')}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (numbers.length >= 1 + 2 * (numbers[0] ?? 0)) break;
      const number = wholeNumber(line);
      if (Number.isNaN(number)) throw bad('its map of a sparse file holds what is no number');
      numbers.push(number);
    }
    const complete = numbers.length >= 1 + 2 * (numbers[0] ?? 0);
    if (!complete && rest.length > 16) throw bad('its map of a sparse file holds what is no number');
  }
  return { map: numbers.slice(1), bytes };
}

function wholeNumber(text: string): number {
  return /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
}

function tooLong(bad: SparseOptions['bad']): Error {
  return bad(`its map of a sparse file has more than ${limits.tarExtensionBytes} bytes`);
}

/** Runs that follow each other inside the file, and have as many bytes as are stored. */
function checked(file: SparseFile, bad: SparseOptions['bad']): SparseFile {
  const { size, stored, map } = file;
  if (!Number.isSafeInteger(size) || size < 0) throw bad('the size of its sparse file is not a number');
  let end = 0;
  let sum = 0;
  for (let at = 0; at < map.length; at += 2) {
    const [offset = Number.NaN, length = Number.NaN] = [map[at], map[at + 1]];
    const sound = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && length >= 0;
    if (!sound || offset < end || offset + length > size) {
      throw bad(`its map of a sparse file has a run of ${length} bytes at ${offset}, behind ${end} of ${size}`);
    }
    end = offset + length;
    sum += length;
  }
  if (sum === stored) return file;
  throw bad(`its map of a sparse file has ${sum} bytes, but ${stored} are stored`);
}
