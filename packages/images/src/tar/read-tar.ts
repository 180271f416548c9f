import { corrupt } from '../failure.ts';
import { limits } from '../limits.ts';
import type { ByteReader } from './byte-reader.ts';
import { parseHeader, type RawHeader } from './parse-header.ts';
import { parsePax, paxNumber, paxValue, type Pax } from './pax.ts';
import { readSparse, sparseForm, type SparseForm } from './sparse.ts';
import type { TarEntry, TarEntryType } from './tar-entry.ts';
import { blockSize } from './tar-header.ts';

/**
 * The members of a tar archive, one after the other: v7, ustar, pax, GNU long names, sparse files in all four forms.
 * Until the next one is asked for, the reader stands at the member's content and may be read up to its stored size.
 * An archive may end without the two blocks of zeros.
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
    const entry = await entryOf(reader, { header, pax: new Map([...global, ...local]), at });
    local = new Map();
    extended = 0;
    yield entry;
    const end = entry.offset + entry.storedSize;
    await reader.skip(end - reader.position);
    await reader.skip(padding(end));
  }
}

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

interface Member {
  readonly header: RawHeader;
  readonly pax: Pax;
  /** Where its header stands. */
  readonly at: number;
}

async function entryOf(reader: ByteReader, member: Member): Promise<TarEntry> {
  const { header, pax, at } = member;
  const bad = (why: string): Error => damaged(reader, at, why);
  const number = (key: string, fallback: number): number => numberOf(pax, { key, fallback, bad });
  const form = sparseForm(header, pax);
  const rawName = nameOf(member, { form, bad });
  const type = form === undefined ? typeOf(header, rawName) : sparseType(header, form);
  const size = number('size', header.size);
  const stored = type === 'file' || type === 'other' ? size : 0;
  const sparse =
    type !== 'file' || form === undefined || form === 'unknown'
      ? undefined
      : await readSparse(reader, { form, header, pax, stored, bad });
  const linkpath = paxValue(pax, 'linkpath');
  const rawTarget = linkpath === undefined ? header.rawTarget : fromLatin1(linkpath);
  if (rawTarget.length > limits.nameBytes) throw bad(`a link to a name of ${rawTarget.length} bytes`);
  return {
    name: decodeName(rawName),
    rawName,
    type,
    size: sparse?.size ?? stored,
    storedSize: sparse?.stored ?? stored,
    sparse: sparse?.map,
    mode: header.mode & 0o7777,
    uid: number('uid', header.uid),
    gid: number('gid', header.gid),
    mtimeSeconds: number('mtime', header.mtimeSeconds),
    target: decodeName(rawTarget),
    rawTarget,
    major: header.major,
    minor: header.minor,
    pax,
    offset: reader.position,
  };
}

interface NameOptions {
  readonly form: SparseForm | undefined;
  readonly bad: (why: string) => Error;
}

/** Sparse files stand under another name for readers that do not know them. */
function nameOf({ header, pax }: Member, { form, bad }: NameOptions): Uint8Array {
  const real = form === undefined || form === 'unknown' ? undefined : paxValue(pax, 'GNU.sparse.name');
  const name = real ?? paxValue(pax, 'path');
  const rawName = name === undefined ? header.rawName : fromLatin1(name);
  if (rawName.length <= limits.nameBytes) return rawName;
  throw bad(`a name of ${rawName.length} bytes`);
}

/** A member without a type of its own whose name ends with a slash is a folder (v7). */
function typeOf(header: RawHeader, rawName: Uint8Array): TarEntryType {
  if (header.typeFlag === '\0' && rawName.at(-1) === 0x2f) return 'directory';
  return types[header.typeFlag] ?? 'other';
}

/** Only files have holes; what else says so is what its header says. */
function sparseType({ typeFlag }: RawHeader, form: SparseForm): TarEntryType {
  const type = typeFlag === 'S' ? 'file' : (types[typeFlag] ?? 'other');
  return type === 'file' && form === 'unknown' ? 'other' : type;
}

function numberOf(
  pax: Pax,
  { key, fallback, bad }: { readonly key: string; readonly fallback: number; readonly bad: NameOptions['bad'] },
): number {
  const value = paxNumber(pax, { key, fallback, whole: key === 'size' });
  if (Number.isFinite(value)) return value;
  throw bad(`its pax header has no number for ${key}`);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function decodeName(raw: Uint8Array): string {
  return decoder.decode(raw);
}

function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}
