import { blockSize } from './tar-header.ts';

/** A member of a layer whose names are bytes: paths, targets, names and values of attributes are Latin-1. */
export interface RawMember {
  /** Ends with `/` for a folder. */
  readonly path: string;
  readonly flag: RawMemberFlag;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** From 0 to 2^33-1. */
  readonly mtimeSeconds: number;
  /** Bytes of content. */
  readonly size: number;
  /** Target of a link, else empty. */
  readonly target: string;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: readonly { readonly name: string; readonly value: string }[];
}

/** Type flags of ustar: file, hard link, symbolic link, devices, folder, named pipe. */
export type RawMemberFlag = '0' | '1' | '2' | '3' | '4' | '5' | '6';

const largestId = 0o7777777;
const largestSize = 0o77777777777;
const printable = /^[\u0020-\u007e]*$/;

/**
 * Bytes of a member's headers. Equal members give equal bytes: pax records only for what ustar cannot hold, in a fixed
 * order. Source: POSIX.1-2017, pax; xattrs as `SCHILY.xattr.NAME`, as Docker and Podman read them.
 */
export function rawMemberHeader(member: RawMember): Buffer {
  const records = paxRecords(member);
  if (records.length === 0) {
    const block = Buffer.alloc(blockSize);
    fill(block, member);
    return block;
  }
  const body = records.join('');
  const padded = Math.ceil(body.length / blockSize) * blockSize;
  const whole = Buffer.alloc(2 * blockSize + padded);
  fill(whole, { ...plain, path: 'PaxHeaders/0', size: body.length }, 'x');
  whole.write(body, blockSize, 'latin1');
  fill(whole.subarray(blockSize + padded), member);
  return whole;
}

/** How long those headers are. */
export function rawMemberHeaderBytes(member: RawMember): number {
  if (isPlain(member)) return blockSize;
  const body = paxRecords(member).reduce((sum, { length }) => sum + length, 0);
  return 2 * blockSize + Math.ceil(body / blockSize) * blockSize;
}

const plain: RawMember = {
  path: '',
  flag: '0',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeSeconds: 0,
  size: 0,
  target: '',
  major: 0,
  minor: 0,
  xattrs: [],
};

function fits(text: string): boolean {
  // Only printable ASCII means the same to every reader of a ustar header.
  return text.length <= 100 && printable.test(text);
}

function isPlain({ path, target, size, uid, gid, xattrs }: RawMember): boolean {
  if (!fits(path) || !fits(target) || xattrs.length > 0) return false;
  return size <= largestSize && uid <= largestId && gid <= largestId;
}

function paxRecords(member: RawMember): readonly string[] {
  if (isPlain(member)) return [];
  const { path, target, size, uid, gid, xattrs } = member;
  const records: string[] = [];
  if (!fits(path)) records.push(record('path', path));
  if (!fits(target)) records.push(record('linkpath', target));
  if (size > largestSize) records.push(record('size', String(size)));
  if (uid > largestId) records.push(record('uid', String(uid)));
  if (gid > largestId) records.push(record('gid', String(gid)));
  for (const { name, value } of xattrs) records.push(record(`SCHILY.xattr.${name}`, value));
  return records;
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function record(key: string, value: string): string {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function fill(block: Buffer, member: RawMember, flag: string = member.flag): void {
  const octal = (at: number, digits: number, value: number): void => {
    const held = value < 8 ** digits ? value : 0;
    block.write(held.toString(8).padStart(digits, '0'), at, digits, 'latin1');
  };
  block.write(member.path, 0, 100, 'latin1');
  octal(100, 7, member.mode);
  octal(108, 7, member.uid);
  octal(116, 7, member.gid);
  octal(124, 11, member.size);
  octal(136, 11, member.mtimeSeconds);
  block.write('        ', 148, 8, 'latin1');
  block.write(flag, 156, 1, 'latin1');
  block.write(member.target, 157, 100, 'latin1');
  block.write('ustar\u000000', 257, 8, 'latin1');
  octal(329, 7, member.major);
  octal(337, 7, member.minor);
  let sum = 0;
  for (let at = 0; at < blockSize; at += 1) sum += block[at] ?? 0;
  octal(148, 6, sum);
  block[154] = 0;
}
