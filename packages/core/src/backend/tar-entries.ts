import { FairleadError } from '../errors.ts';
import { createByteReader, type ByteReader } from './byte-reader.ts';
import { tarChecksum } from './tar.ts';

/** An entry of a tar as it comes. */
export interface TarEntry {
  /** As written: it may be absolute or begin with `./`; a folder's ends with `/`. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'link' | 'other';
  readonly size: number;
  /** Permission bits; the file type that some engines put there is cut off (C80). */
  readonly mode: number;
  /** Where a link points to; empty for others. */
  readonly linkName: string;
  /** Readable until the next entry is asked for; what is not read is skipped. */
  readonly content: AsyncIterable<Uint8Array>;
}

const blockLength = 512;
/** Extended headers are names; a megabyte of them is an attack. */
const longestExtension = 1024 * 1024;
/** pax: of the next entry, global; GNU: long name, long link name. */
const extensionKinds = 'xgLK';

/**
 * The entries of an uncompressed tar, in their order. Formats: ustar, pax, and GNU's long names.
 * @throws FairleadError `ENGINE_FAILURE` for what is no tar, and for one that is cut short
 */
export async function* readTarEntries(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = createByteReader(source);
  let extension: Extension = {};
  try {
    for (;;) {
      const header = await exactly(reader, blockLength);
      if (header.every((byte) => byte === 0)) return;
      const fields = parseHeader(header, extension);
      const extended = await readExtension(reader, fields);
      extension = extended === undefined ? {} : { ...extension, ...extended };
      if (extended !== undefined) continue;
      let left = fields.size;
      const content = async function* (): AsyncGenerator<Uint8Array> {
        while (left > 0) {
          const bytes = await some(reader, left);
          left -= bytes.length;
          yield bytes;
        }
      };
      yield { ...described(fields), content: content() };
      left += padding(fields.size);
      while (left > 0) left -= (await some(reader, left)).length;
    }
  } finally {
    await reader.close();
  }
}

type Extension = Readonly<Record<string, string>>;

interface HeaderFields {
  readonly name: string;
  readonly kind: string;
  readonly size: number;
  readonly mode: number;
  readonly linkName: string;
}

function described({ name, kind, size, mode, linkName }: HeaderFields): Omit<TarEntry, 'content'> {
  const types: Readonly<Record<string, TarEntry['type']>> = {
    '\0': 'file',
    '0': 'file',
    '7': 'file',
    '5': 'directory',
    '2': 'symlink',
    '1': 'link',
  };
  return { name, type: types[kind] ?? 'other', size, mode: mode & 0o7777, linkName };
}

function parseHeader(header: Uint8Array, said: Extension): HeaderFields {
  const kind = String.fromCharCode(header[156] ?? 0);
  // What has been said of the next entry does not hold for another extended header before it.
  const extension: Extension = extensionKinds.includes(kind) ? {} : said;
  const magic = text(header, 257, 5);
  const sum = number(header, 148, 8);
  if (magic !== 'ustar' || sum !== tarChecksum(header)) throw unreadable('a header is damaged');
  // GNU's variant ("ustar  ") has other things than a prefix at its place.
  const prefix = header[262] === 0 ? text(header, 345, 155) : '';
  const short = text(header, 0, 100);
  const size = extension['size'] === undefined ? number(header, 124, 12) : Number(extension['size']);
  if (!Number.isSafeInteger(size) || size < 0) throw unreadable('an entry has no size');
  return {
    name: extension['path'] ?? (prefix === '' ? short : `${prefix}/${short}`),
    kind,
    size,
    mode: number(header, 100, 8),
    linkName: extension['linkpath'] ?? text(header, 157, 100),
  };
}

/** What an extended header says of the entry after it; undefined for an entry of its own. */
async function readExtension(reader: ByteReader, { kind, size }: HeaderFields): Promise<Extension | undefined> {
  if (!extensionKinds.includes(kind)) return undefined;
  if (size > longestExtension) throw unreadable('an extended header is too long');
  const bytes = Buffer.from(await exactly(reader, size));
  await exactly(reader, padding(size));
  if (kind === 'x') return parsePax(bytes);
  const name = bytes.toString('utf8').replace(/\0+$/, '');
  if (kind === 'L') return { path: name };
  // A global header says nothing about names that engines would use.
  return kind === 'K' ? { linkpath: name } : {};
}

/** Records `LENGTH KEY=VALUE\n`; the length counts bytes of the whole record. */
function parsePax(bytes: Buffer): Extension {
  const values: Record<string, string> = {};
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, blank));
    const record = bytes.toString('utf8', blank + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (blank === -1 || !(length > blank - at) || at + length > bytes.length || equals === -1) {
      throw unreadable('an extended header is damaged');
    }
    values[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return values;
}

function text(header: Uint8Array, at: number, length: number): string {
  const field = Buffer.from(header.subarray(at, at + length));
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

/** Octal digits, or base 256 where the first bit is set (GNU). */
function number(header: Uint8Array, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  const [first = 0] = field;
  if (first < 0x80) return Number.parseInt(text(header, at, length).trim() || '0', 8);
  return field.subarray(1).reduce((value, byte) => value * 256 + byte, first & 0x7f);
}

function padding(size: number): number {
  return (blockLength - (size % blockLength)) % blockLength;
}

async function exactly(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = await reader.take(length);
  if (bytes.length < length) throw unreadable('it ends too early');
  return bytes;
}

async function some(reader: ByteReader, atMost: number): Promise<Uint8Array> {
  const bytes = await reader.some(atMost);
  if (bytes.length === 0) throw unreadable('it ends too early');
  return bytes;
}

function unreadable(why: string): FairleadError {
  return new FairleadError({
    code: 'ENGINE_FAILURE',
    message: `the engine's tar cannot be read: ${why}`,
  });
}
