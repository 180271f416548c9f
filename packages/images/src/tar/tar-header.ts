import type { NewTarEntry, TarEntryType } from './tar-entry.ts';

/** Tar is made of blocks of this many bytes. */
export const blockSize = 512;

/** What a header says, with the size of the content that follows it. */
export type HeaderFields = Omit<NewTarEntry, 'type'> & {
  readonly type: Exclude<TarEntryType, 'other'>;
  readonly size: number;
  readonly target?: string;
  readonly major?: number;
  readonly minor?: number;
};

const typeFlags: Readonly<Record<HeaderFields['type'], string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

const encoder = new TextEncoder();

/**
 * The header blocks of one member: ustar, preceded by a pax header for what ustar cannot hold
 * (long or non-ASCII names, large sizes and owners, times before 1970).
 * Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block".
 */
export function tarHeader(fields: HeaderFields): Uint8Array {
  const records = paxRecords(fields);
  const plain = { ...fields, mode: fields.mode ?? defaultMode(fields.type) };
  if (records.length === 0) return ustarBlock(plain, typeFlags[fields.type]);
  const body = encoder.encode(records.map(([key, value]) => paxRecord(key, value)).join(''));
  const extension = ustarBlock({ name: 'PaxHeaders/0', type: 'file', size: body.length, mode: 0o644 }, 'x');
  return concatBytes([extension, body, tarPadding(body.length), ustarBlock(plain, typeFlags[fields.type])]);
}

/** The zeros between content of that size and the next header. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((blockSize - (size % blockSize)) % blockSize);
}

/** The zeros that end an archive. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * blockSize);
}

/** One array of bytes made of several. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function defaultMode(type: HeaderFields['type']): number {
  if (type === 'directory') return 0o755;
  return type === 'symlink' ? 0o777 : 0o644;
}

const largestId = 0o7777777;
const largestNumber = 0o77777777777;

function paxRecords(fields: HeaderFields): readonly (readonly [string, string])[] {
  const { name, target = '', size, uid = 0, gid = 0, mtimeSeconds = 0 } = fields;
  const records: [string, string][] = [];
  if (!fits(name)) records.push(['path', name]);
  if (!fits(target)) records.push(['linkpath', target]);
  if (size > largestNumber) records.push(['size', String(size)]);
  if (uid > largestId) records.push(['uid', String(uid)]);
  if (gid > largestId) records.push(['gid', String(gid)]);
  if (mtimeSeconds < 0 || mtimeSeconds > largestNumber || !Number.isInteger(mtimeSeconds)) {
    records.push(['mtime', String(mtimeSeconds)]);
  }
  return records;
}

function fits(name: string): boolean {
  // Only printable ASCII means the same to every reader of a ustar header.
  return name.length <= 100 && /^[\u0020-\u007e]*$/.test(name);
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = encoder.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function ustarBlock(fields: HeaderFields & { readonly mode: number }, typeFlag: string): Uint8Array {
  const block = new Uint8Array(blockSize);
  const text = (offset: number, length: number, value: string): void => {
    block.set(encoder.encode(value).subarray(0, length), offset);
  };
  const octal = (offset: number, length: number, value: number): void => {
    const digits = length - 1;
    const held = value >= 0 && value < 8 ** digits ? Math.trunc(value) : 0;
    text(offset, digits, held.toString(8).padStart(digits, '0'));
  };
  text(0, 100, fields.name);
  octal(100, 8, fields.mode);
  octal(108, 8, fields.uid ?? 0);
  octal(116, 8, fields.gid ?? 0);
  octal(124, 12, fields.size);
  octal(136, 12, fields.mtimeSeconds ?? 0);
  text(148, 8, '        ');
  text(156, 1, typeFlag);
  text(157, 100, fields.target ?? '');
  text(257, 8, 'ustar\u000000');
  octal(329, 8, fields.major ?? 0);
  octal(337, 8, fields.minor ?? 0);
  text(
    148,
    8,
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\u0000 `,
  );
  return block;
}
