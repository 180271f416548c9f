import { FairleadError } from '../errors.ts';

/** A file or folder to put into a tar; it belongs to root. */
export interface TarFile {
  /** Relative, without `.` and `..`. */
  readonly name: string;
  readonly type?: 'file' | 'directory' | undefined;
  readonly content?: Uint8Array | undefined;
  /** Permission bits. Default 0o644 for a file, 0o755 for a folder. */
  readonly mode?: number | undefined;
  /** Seconds since 1970. Default 0, so that equal files give equal bytes. */
  readonly mtimeSeconds?: number | undefined;
}

const blockLength = 512;
const longestShortName = 100;

/** The bytes of a tar with these entries. Format: POSIX.1-2001 pax; plain ustar where the name fits. */
export function tarFiles(entries: readonly TarFile[]): Uint8Array {
  const blocks = entries.flatMap((entry) => {
    const folder = entry.type === 'directory';
    const name = folder ? `${checked(entry.name)}/` : checked(entry.name);
    const content = entry.content ?? new Uint8Array(0);
    const header = tarHeader({
      name,
      size: content.length,
      mode: entry.mode ?? (folder ? 0o755 : 0o644),
      mtimeSeconds: entry.mtimeSeconds ?? 0,
      kind: folder ? '5' : '0',
    });
    return isShort(name) ? [header, ...padded(content)] : [...paxName(name), header, ...padded(content)];
  });
  return Buffer.concat([...blocks, new Uint8Array(2 * blockLength)]);
}

/** A name that leaves the folder into which the tar is unpacked is a mistake of the caller (C84). */
function checked(name: string): string {
  const parts = name.split('/');
  if (name.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new FairleadError({
      code: 'INVALID_SPEC',
      message: `${JSON.stringify(name)} cannot be the name of a file in a tar`,
      hint: 'Give a path without empty parts, "." and "..".',
    });
  }
  return name;
}

function isShort(name: string): boolean {
  // Only printable ASCII means the same to every reader without pax.
  return name.length <= longestShortName && /^[\x20-\x7e]*$/.test(name);
}

/** The extended header before an entry whose name does not fit: a record `LENGTH path=NAME\n`. */
function paxName(name: string): readonly Uint8Array[] {
  const rest = ` path=${name}\n`;
  let length = Buffer.byteLength(rest);
  // The length counts its own digits.
  while (Buffer.byteLength(`${length}${rest}`) !== length) length = Buffer.byteLength(`${length}${rest}`);
  const record = Buffer.from(`${length}${rest}`);
  const header = tarHeader({ name: 'pax', size: record.length, mode: 0o644, mtimeSeconds: 0, kind: 'x' });
  return [header, ...padded(record)];
}

interface HeaderFields {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly mtimeSeconds: number;
  readonly kind: '0' | '5' | 'x';
}

function tarHeader({ name, size, mode, mtimeSeconds, kind }: HeaderFields): Uint8Array {
  const header = Buffer.alloc(blockLength);
  // A reader without pax sees a harmless name instead of a cut one.
  header.write(isShort(name) ? name : 'long', 0, 'latin1');
  header.write(octal(mode & 0o7777, 8), 100, 'latin1');
  header.write(octal(0, 8), 108, 'latin1');
  header.write(octal(0, 8), 116, 'latin1');
  header.write(octal(size, 12), 124, 'latin1');
  header.write(octal(mtimeSeconds, 12), 136, 'latin1');
  header.write(kind, 156, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  header.write(`${octal(tarChecksum(header), 7)} `, 148, 'latin1');
  return header;
}

/** Sum of all bytes with the checksum's own field read as eight blanks. */
export function tarChecksum(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

function padded(content: Uint8Array): readonly Uint8Array[] {
  const rest = content.length % blockLength;
  return rest === 0 ? [content] : [content, new Uint8Array(blockLength - rest)];
}
