import { arm64Word, riscv } from './bcj-risc.ts';
import { DecodeError } from './byte-output.ts';

/** Turns absolute addresses in machine code back into relative ones, in place. */
export type Filter = (bytes: Uint8Array) => void;

/** The filter of that number. Source: tukaani.org, xz-file-format.txt, "Branch/Call/Jump Filters". @throws DecodeError for an unknown one */
export function bcjFilter(id: number, properties: Uint8Array): Filter {
  const filter = filters[id];
  if (filter === undefined) throw new DecodeError(`filter ${id} is unknown`);
  if (properties.some((byte) => byte !== 0))
    throw new DecodeError(`filter ${id} has an offset, which squashfs never sets`);
  return filter;
}

const filters: Readonly<Record<number, Filter>> = {
  4: x86,
  5: words(
    (word, at) => ((word & 0xfc00_0003) >>> 0 === 0x4800_0001 ? 0x4800_0001 | ((word - at) & 0x03ff_fffc) : word),
    false,
  ),
  6: ia64,
  7: words(
    (word, at) =>
      word >>> 24 === 0xeb ? 0xeb00_0000 | (((((word & 0xff_ffff) << 2) - at - 8) >>> 2) & 0xff_ffff) : word,
    true,
  ),
  8: thumb,
  9: words(sparc, false),
  10: words(arm64Word, true),
  11: riscv,
};

function words(change: (word: number, at: number) => number, little: boolean): Filter {
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 4 <= bytes.length; at += 4)
      view.setUint32(at, change(view.getUint32(at, little), at), little);
  };
}

function sparc(word: number, at: number): number {
  const top = word >>> 22;
  if (top !== 0x100 && top !== 0x1ff) return word;
  const target = ((word << 2) - at) >>> 2;
  const sign = (((0 - ((target >>> 22) & 1)) << 22) & 0x3fff_ffff) >>> 0;
  return (sign | (target & 0x3f_ffff) | 0x4000_0000) >>> 0;
}

function thumb(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.length; at += 2) {
    const [first, second] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (first >>> 11 !== 0x1e || second >>> 11 !== 0x1f) continue;
    const absolute = (((first & 0x7ff) << 11) | (second & 0x7ff)) << 1;
    const target = (absolute - at - 4) >>> 1;
    view.setUint16(at, 0xf000 | ((target >>> 11) & 0x7ff), true);
    view.setUint16(at + 2, 0xf800 | (target & 0x7ff), true);
    at += 2;
  }
}

/** Which of the three slots of a bundle hold branches, by its template. */
const ia64Slots = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 6, 6, 0, 0, 7, 7, 4, 4, 0, 0, 4, 4, 0, 0];

function ia64(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const mask = ia64Slots[(bytes[at] ?? 0) & 0x1f] ?? 0;
    for (let slot = 0; slot < 3; slot += 1) if (((mask >>> slot) & 1) !== 0) ia64Branch(view, at, slot);
  }
}

function ia64Branch(view: DataView, at: number, slot: number): void {
  const position = 5 + slot * 41;
  const byte = at + (position >>> 3);
  const shift = BigInt(position & 7);
  let word = 0n;
  for (let index = 0; index < 6; index += 1) word |= BigInt(view.getUint8(byte + index)) << BigInt(8 * index);
  const code = word >> shift;
  if (((code >> 37n) & 0xfn) !== 5n || ((code >> 9n) & 7n) !== 0n) return;
  const absolute = Number(((code >> 13n) & 0xf_ffffn) | (((code >> 36n) & 1n) << 20n)) * 16;
  const target = BigInt((absolute - at) >>> 4);
  const cleared = code & ~(0x8f_ffffn << 13n);
  const changed = cleared | ((target & 0xf_ffffn) << 13n) | ((target & 0x10_0000n) << 16n);
  const low = word & ((1n << shift) - 1n);
  const result = low | (changed << shift);
  for (let index = 0; index < 6; index += 1) view.setUint8(byte + index, Number((result >> BigInt(8 * index)) & 0xffn));
}

const allowed = [true, true, true, false, true, false, false, false];
const bitNumbers = [0, 1, 2, 2, 3, 3, 3, 3];

function isSign(byte: number): boolean {
  return byte === 0 || byte === 0xff;
}

function x86(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let mask = 0;
  let previous = -5;
  for (let at = 0; at <= bytes.length - 5;) {
    if ((view.getUint8(at) & 0xfe) !== 0xe8) {
      at += 1;
      continue;
    }
    const gap = at - previous;
    previous = at;
    if (gap > 5) mask = 0;
    else for (let index = 0; index < gap; index += 1) mask = (mask & 0x77) << 1;
    const top = view.getUint8(at + 4);
    if (isSign(top) && allowed[(mask >>> 1) & 7] === true && mask >>> 1 < 0x10) {
      const target = x86Target(view.getUint32(at + 1, true), at, mask);
      view.setUint32(at + 1, ((target & 0xff_ffff) | ((target >>> 24) & 1 ? 0xff00_0000 : 0)) >>> 0, true);
      at += 5;
      mask = 0;
      continue;
    }
    at += 1;
    mask |= isSign(top) ? 0x11 : 1;
  }
}

function x86Target(address: number, at: number, mask: number): number {
  let source = address;
  for (;;) {
    const target = (source - (at + 5)) >>> 0;
    if (mask === 0) return target;
    const shift = (bitNumbers[mask >>> 1] ?? 0) * 8;
    if (!isSign((target >>> (24 - shift)) & 0xff)) return target;
    source = (target ^ (2 ** (32 - shift) - 1)) >>> 0;
  }
}
