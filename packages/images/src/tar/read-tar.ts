import { corrupt } from '../failure.ts';
import { limits } from '../limits.ts';
import type { ByteReader } from './byte-reader.ts';
import { parseHeader, type RawHeader } from './parse-header.ts';
import type { TarEntry, TarEntryType } from './tar-entry.ts';
import { blockSize } from './tar-header.ts';

/**
 * The members of a tar archive, one after the other: v7, ustar, pax and GNU long names.
 * Until the next one is asked for, the reader stands at the member's content and may be read up to its size.
 * Sparse files are told as `other`. An archive may end without the two blocks of zeros.
 * @throws FairleadError `CORRUPT_IMAGE` with the place
 */
export async function* readTar(reader: ByteReader, maxEntries: number): AsyncGenerator<TarEntry, void, void> {
  let global: Pax = new Map();
  let local: Pax = new Map();
  let extended = 0;
  for (let count = 0; ; count += 1) {
    const at = reader.position;
    const block = await reader.take(blockSize);
    const header = block && parseHeader(block);
    if (header === undefined) return;
    if ('problem' in header) throw damaged(reader, at, header.problem);
    if (count >= maxEntries) throw damaged(reader, at, `more than ${maxEntries} members`);
    if (extensions.has(header.typeFlag)) {
      extended += 1;
      if (extended > 8) throw damaged(reader, at, 'extended headers that belong to no member');
      const records = await readExtension(reader, header, at);
      if (header.typeFlag === 'g') global = new Map([...global, ...records].filter(isLasting));
      else local = new Map([...local, ...records]);
      continue;
    }
    const entry = entryOf(reader, header, new Map([...global, ...local]));
    local = new Map();
    extended = 0;
    yield entry;
    const end = entry.offset + entry.size;
    await reader.skip(end - reader.position);
    await reader.skip(padding(end));
  }
}

/** Values are Latin-1, so that bytes survive. */
type Pax = ReadonlyMap<string, string>;

const extensions: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K']);

/** Global records that mean something for every member; the rest is comment. */
function isLasting([key]: readonly [string, string]): boolean {
  return ['path', 'linkpath', 'size', 'uid', 'gid', 'mtime'].includes(key);
}

const types: Readonly<Record<string, TarEntryType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
};

async function readExtension(reader: ByteReader, header: RawHeader, at: number): Promise<Pax> {
  const { size, typeFlag } = header;
  if (size > limits.tarExtensionBytes) throw damaged(reader, at, `an extended header of ${size} bytes`);
  const bytes = size === 0 ? new Uint8Array() : await reader.take(size);
  if (bytes === undefined) throw damaged(reader, at, 'its extended header is missing: it is truncated');
  await reader.skip(padding(size));
  const text = Buffer.from(bytes).toString('latin1');
  if (typeFlag !== 'L' && typeFlag !== 'K') {
    const records = parsePax(text);
    if (records === undefined) throw damaged(reader, at, 'a pax header that cannot be parsed');
    return records;
  }
  return new Map([[typeFlag === 'L' ? 'path' : 'linkpath', text.replace(/\0.*$/s, '')]]);
}

function padding(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function damaged(reader: ByteReader, at: number, why: string): Error {
  return corrupt({ path: reader.path, where: `byte ${at}`, why });
}

/** Records of `LENGTH KEY=VALUE\n`. */
function parsePax(text: string): Pax | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(' ', at);
    const digits = text.slice(at, space);
    const length = /^[0-9]{1,8}$/.test(digits) ? Number(digits) : 0;
    const record = text.slice(space + 1, at + length);
    const equals = record.indexOf('=');
    if (space < 0 || equals <= 0 || !record.endsWith('\n') || at + length > text.length) return undefined;
    records.set(record.slice(0, equals), record.slice(equals + 1, -1));
    at += length;
  }
  return records;
}

function entryOf(reader: ByteReader, header: RawHeader, pax: Pax): TarEntry {
  const name = pax.get('path');
  const target = pax.get('linkpath');
  const rawName = name === undefined ? header.rawName : fromLatin1(name);
  if (rawName.length > limits.nameBytes) {
    throw damaged(reader, reader.position, `a name of ${rawName.length} bytes`);
  }
  const rawTarget = target === undefined ? header.rawTarget : fromLatin1(target);
  if (rawTarget.length > limits.nameBytes) {
    throw damaged(reader, reader.position, `a link to a name of ${rawTarget.length} bytes`);
  }
  const type = typeOf(header, rawName, pax);
  const number = (key: string, fallback: number): number => paxNumber(reader, pax, { key, fallback });
  const size = number('size', header.size);
  return {
    name: decodeName(rawName),
    rawName,
    type,
    size: type === 'file' || type === 'other' ? size : 0,
    mode: header.mode & 0o7777,
    uid: number('uid', header.uid),
    gid: number('gid', header.gid),
    mtimeSeconds: number('mtime', header.mtimeSeconds),
    target: decodeName(rawTarget),
    major: header.major,
    minor: header.minor,
    pax,
    offset: reader.position,
  };
}

/** A member without a type of its own whose name ends with a slash is a folder (v7). */
function typeOf(header: RawHeader, rawName: Uint8Array, pax: Pax): TarEntryType {
  if ([...pax.keys()].some((key) => key.startsWith('GNU.sparse.'))) return 'other';
  if (header.typeFlag === '\0' && rawName.at(-1) === 0x2f) return 'directory';
  return types[header.typeFlag] ?? 'other';
}

function paxNumber(
  reader: ByteReader,
  pax: Pax,
  { key, fallback }: { readonly key: string; readonly fallback: number },
): number {
  const text = pax.get(key);
  if (text === undefined) return fallback;
  const value = /^-?[0-9]{1,16}(?:\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN;
  const whole = key === 'size' ? Number.isSafeInteger(value) && value >= 0 : Number.isFinite(value);
  if (whole) return value;
  throw damaged(reader, reader.position, `its pax header has no number for ${key}`);
}

const decoder = new TextDecoder();

function decodeName(raw: Uint8Array): string {
  return decoder.decode(raw);
}

function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}
