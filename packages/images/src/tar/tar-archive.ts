import { posix } from 'node:path';
import { corrupt, quote } from '../failure.ts';
import { limits } from '../limits.ts';
import type { Source } from '../source.ts';
import { sourceReader, type ByteReader } from './byte-reader.ts';
import { readTar } from './read-tar.ts';
import type { TarEntry } from './tar-entry.ts';

/** The members of a tar archive by name, to be read in any order. Names are plain: `./a` is `a`. */
export interface TarArchive extends AsyncDisposable {
  /** Path of the archive. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Size of a file, links followed; undefined if there is no such file. */
  sizeOf(name: string): number | undefined;
  /** A whole small file. @throws FairleadError `CORRUPT_IMAGE` if it is missing or larger than a description */
  read(name: string): Promise<Uint8Array>;
  /** The first bytes of a file, at most eight. @throws FairleadError `CORRUPT_IMAGE` if it is missing */
  head(name: string): Uint8Array;
  /** A file's bytes. @throws FairleadError `CORRUPT_IMAGE` if it is missing */
  stream(name: string): AsyncGenerator<Uint8Array, void, void>;
}

interface Member {
  readonly type: TarEntry['type'];
  readonly size: number;
  readonly offset: number;
  readonly target: string;
  readonly head: Uint8Array;
  /** Small files are kept where going back would mean to expand everything again. */
  readonly kept: Uint8Array | undefined;
}

/**
 * Reads the headers of an archive. Disposing the archive disposes the source.
 * @throws FairleadError `CORRUPT_IMAGE`
 */
export async function openTarArchive(source: Source): Promise<TarArchive> {
  const { path, signal } = source;
  const members = await index(source);
  const find = (name: string): Member | undefined => resolveLinks(members, latin1(Buffer.from(name, 'utf8')));
  const present = (name: string): Member => {
    const member = find(name);
    if (member !== undefined) return member;
    throw corrupt({ path, where: `member ${JSON.stringify(name)}`, why: 'it is missing' });
  };
  return {
    path,
    signal,
    sizeOf: (name) => find(name)?.size,
    async read(name) {
      const { kept, offset, size } = present(name);
      if (size > limits.jsonBytes) {
        const why = `it has ${size} bytes; a description has at most ${limits.jsonBytes}`;
        throw corrupt({ path, where: `member ${JSON.stringify(name)}`, why });
      }
      return kept ?? source.read({ offset, length: size });
    },
    head: (name) => present(name).head,
    async *stream(name) {
      const { kept, offset, size } = present(name);
      if (kept === undefined) yield* source.stream({ offset, length: size });
      else yield kept;
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

async function index(source: Source): Promise<ReadonlyMap<string, Member>> {
  const members = new Map<string, Member>();
  let names = 0;
  let room = source.sequential ? limits.keptBytes : 0;
  await using reader = sourceReader(source);
  for await (const entry of readTar(reader, limits.archiveEntries)) {
    const { size, offset } = entry;
    // Nobody stores images with holes.
    const type = entry.sparse === undefined ? entry.type : 'other';
    const [name, target] = [plainName(latin1(entry.rawName)), latin1(entry.rawTarget)];
    checkName(source.path, members, { shown: entry.name, name: latin1(entry.rawName), type });
    names += name.length + target.length;
    if (names > limits.namesBytes) throw corrupt({ path: source.path, where: `byte ${offset}`, why: 'too many names' });
    const keep = source.sequential && type === 'file' && size <= Math.min(room, limits.jsonBytes);
    const bytes = await content(reader, type === 'file' ? size : 0, keep);
    if (keep) room -= size;
    const kept = keep ? bytes : undefined;
    members.set(name, { type, size, offset, target, head: bytes.slice(0, 8), kept });
  }
  return members;
}

/**
 * Nothing here becomes a path, but other readers may be less careful, or take the first of two members of one name
 * where this takes the last: an image that means different things to different readers is refused.
 */
function checkName(
  path: string,
  members: ReadonlyMap<string, Member>,
  { name, type, shown }: Pick<TarEntry, 'name' | 'type'> & { readonly shown: string },
): void {
  const bad = (why: string): Error => corrupt({ path, where: `member ${quote(shown)}`, why });
  if (name.startsWith('/') || name.split('/').includes('..')) throw bad('its name leads out of the archive');
  const twice = type !== 'directory' && type !== 'other' && members.has(plainName(name));
  // Blobs are known by their digests, which are verified: several of one name are one.
  if (twice && !/[0-9a-f]{64}/.test(name)) throw bad('it occurs twice');
}

/** Bytes as text that keeps each of them: names and targets need not be UTF-8. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** The whole content, or only its first bytes. */
async function content(reader: ByteReader, size: number, whole: boolean): Promise<Uint8Array> {
  const length = whole ? size : Math.min(size, 8);
  const bytes = length === 0 ? undefined : await reader.take(length);
  return bytes ?? new Uint8Array();
}

/** A member's name as others refer to it; it is a key, never a path on disk. */
export function plainName(name: string): string {
  return posix.normalize(name).replace(/^\/+/, '').replace(/\/$/, '');
}

/** Old `docker save` stores a layer once and links to it; links may lead in circles. */
function resolveLinks(members: ReadonlyMap<string, Member>, name: string): Member | undefined {
  let key = plainName(name);
  for (let depth = 0; depth <= limits.linkDepth; depth += 1) {
    const member = members.get(key);
    if (member === undefined || member.type === 'file') return member;
    if (member.type === 'link') key = plainName(member.target);
    else if (member.type === 'symlink') key = plainName(posix.join(posix.dirname(key), member.target));
    else return undefined;
  }
  return undefined;
}
