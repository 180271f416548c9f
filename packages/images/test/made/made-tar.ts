/** A member to be written, with whatever it says about itself. */
export interface MadeMember {
  /** Bytes in Latin-1. */
  readonly name: string;
  /** Default `0`, a file. */
  readonly flag?: string;
  readonly content?: Uint8Array | string;
  readonly target?: string;
  /** What the header says; default: the length of the content. */
  readonly size?: number;
  /** Bytes put over the header before its sum is taken. */
  readonly patches?: readonly (readonly [offset: number, bytes: Uint8Array | string])[];
  /** The sum is wrong. */
  readonly badSum?: boolean;
}

const blockBytes = 512;

/** A tar archive of these members, one after the other; nothing is checked. Source: POSIX.1-2017, ustar. */
export function madeTar(members: readonly MadeMember[], { end = true }: { readonly end?: boolean } = {}): Buffer {
  const parts = members.flatMap((member) => {
    const content = Buffer.from(member.content ?? '');
    return [headerOf(member, content.length), content, Buffer.alloc(-content.length & (blockBytes - 1))];
  });
  return Buffer.concat([...parts, Buffer.alloc(end ? 2 * blockBytes : 0)]);
}

/** A pax header with these records, which belong to the next member. */
export function paxMember(records: Readonly<Record<string, string>>, flag: 'x' | 'g' = 'x'): MadeMember {
  const content = Object.entries(records)
    .map(([key, value]) => paxRecord(key, value))
    .join('');
  return { name: 'PaxHeaders/0', flag, content: Buffer.from(content, 'latin1') };
}

function paxRecord(key: string, value: string): string {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function headerOf({ name, flag = '0', target = '', size, patches = [], badSum }: MadeMember, length: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100, 'latin1');
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${(size ?? length).toString(8).padStart(11, '0').slice(-11)}\0`, 124);
  block.write('00000000000\0', 136);
  block.write(flag, 156, 1, 'latin1');
  block.write(target, 157, 100, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  for (const [offset, bytes] of patches) Buffer.from(bytes).copy(block, offset);
  writeSum(block);
  if (badSum === true) block[148] = (block[148] ?? 0) ^ 1;
  return block;
}

/** Puts the right sum into a header. */
export function writeSum(block: Buffer): void {
  block.write('        ', 148);
  const sum = block.subarray(0, blockBytes).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}
