import { blockSize } from './tar-header.ts';

/** One header block as it stands, before pax records are applied. */
export interface RawHeader {
  readonly typeFlag: string;
  readonly rawName: Uint8Array;
  readonly rawTarget: Uint8Array;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  /** Of devices; 0 where the form has no room for them. */
  readonly major: number;
  readonly minor: number;
  /** It has what only GNU tar's form has. */
  readonly gnu: boolean;
  /** The block itself. */
  readonly block: Uint8Array;
}

/**
 * Parses one header block: v7, ustar or GNU.
 * @returns undefined for a block of zeros, or why it is no header
 */
export function parseHeader(block: Uint8Array): RawHeader | undefined | { readonly problem: string } {
  if (block.every((byte) => byte === 0)) return undefined;
  if (!checksumHolds(block)) return { problem: 'this is no tar header (its checksum does not hold)' };
  const magic = String.fromCharCode(...block.subarray(257, 263));
  // What v7 has there is anything.
  const devices = magic.startsWith('ustar') ? block : new Uint8Array(blockSize);
  const numbers = {
    mode: parseNumber(block.subarray(100, 108)),
    uid: parseNumber(block.subarray(108, 116)),
    gid: parseNumber(block.subarray(116, 124)),
    size: parseNumber(block.subarray(124, 136)),
    mtimeSeconds: parseNumber(block.subarray(136, 148)),
    major: parseNumber(devices.subarray(329, 337)),
    minor: parseNumber(devices.subarray(337, 345)),
  };
  const bad = Object.entries(numbers).find(([, value]) => !Number.isSafeInteger(value));
  if (bad !== undefined) return { problem: `its ${bad[0]} is not a number` };
  if (numbers.size < 0) return { problem: 'its size is negative' };
  return {
    ...numbers,
    typeFlag: String.fromCharCode(block[156] ?? 0),
    rawName: fullName(block, magic),
    rawTarget: textField(block, 157, 100),
    gnu: magic === 'ustar ',
    block,
  };
}

/** The sum over the block with the checksum's own field as spaces; some old writers summed signed bytes. */
function checksumHolds(block: Uint8Array): boolean {
  const claimed = parseNumber(block.subarray(148, 156));
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < blockSize; at += 1) {
    const byte = at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return claimed === unsigned || claimed === signed;
}

/** Octal text, or GNU's base 256 when the first bit is set; NaN for anything else. */
export function parseNumber(field: Uint8Array): number {
  const first = field[0] ?? 0;
  if ((first & 0x80) === 0) {
    const text = String.fromCharCode(...field).replaceAll(/^[ \0]+|[ \0].*$/gs, '');
    if (text === '') return 0;
    return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  }
  let value = BigInt(first & 0x40 ? (first & 0x7f) - 0x80 : first & 0x7f);
  for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
  return Number(value);
}

function textField(block: Uint8Array, offset: number, length: number): Uint8Array {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.slice(0, end < 0 ? length : end);
}

/** POSIX ustar splits long names in two; GNU uses the same bytes for times. */
function fullName(block: Uint8Array, magic: string): Uint8Array {
  const name = textField(block, 0, 100);
  const prefix = magic === 'ustar\0' ? textField(block, 345, 155) : new Uint8Array();
  if (prefix.length === 0) return name;
  return Uint8Array.from([...prefix, 0x2f, ...name]);
}
