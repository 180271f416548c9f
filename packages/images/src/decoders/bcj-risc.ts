// Filters of newer versions of xz. Source: tukaani.org, xz 5.8, src/liblzma/simple/arm64.c and riscv.c.

/** What `bl` and `adrp` of arm64 stood for at this place. */
export function arm64Word(word: number, at: number): number {
  if (word >>> 26 === 0x25) return 0x9400_0000 + ((word - (at >>> 2)) & 0x03ff_ffff);
  if ((word & 0x9f00_0000) >>> 0 !== 0x9000_0000) return word;
  const page = ((word >>> 29) & 3) | ((word >>> 3) & 0x1f_fffc);
  // Farther than 512 MiB away nothing was changed.
  if (((page + 0x2_0000) & 0x1c_0000) !== 0) return word;
  const target = page - (at >>> 12);
  const sign = (target & 0x2_0000) === 0 ? 0 : 0xe0_0000;
  return ((word & 0x9000_001f) | ((target & 3) << 29) | ((target & 0x3_fffc) << 3) | sign) >>> 0;
}

/** Turns `jal` and `auipc` with the instruction behind it back, in place. */
export function riscv(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length;) {
    const opcode = view.getUint8(at);
    if (opcode === 0xef) at += jump(view, at);
    else at += (opcode & 0x7f) === 0x17 ? pair(view, at) : 2;
  }
}

/** `jal`, whose target is stored with its highest byte first; gives how far to go on. */
function jump(view: DataView, at: number): number {
  const low = view.getUint8(at + 1);
  // Only those that keep the way back in x1 or x5 were changed.
  if ((low & 0x0d) !== 0) return 2;
  const stored = ((low & 0xf0) << 13) | (view.getUint8(at + 2) << 9) | (view.getUint8(at + 3) << 1);
  const target = (stored - at) >>> 0;
  view.setUint8(at + 1, (low & 0x0f) | ((target >>> 8) & 0xf0));
  view.setUint8(at + 2, ((target >>> 16) & 0x0f) | ((target >>> 7) & 0x10) | ((target << 4) & 0xe0));
  view.setUint8(at + 3, ((target >>> 4) & 0x7f) | ((target >>> 13) & 0x80));
  return 4;
}

/** `auipc` and what uses its register; gives how far to go on. */
function pair(view: DataView, at: number): number {
  const [first, second] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
  if ((first & 0xe80) !== 0) {
    // A pair that the filter would else have taken for one of its own: it has the two swapped.
    if ((((first << 8) ^ (second - 3)) & 0xf_8003) !== 0) return 6;
    view.setUint32(at, (0x117 | (second << 12)) >>> 0, true);
    view.setUint32(at + 4, ((first & 0xffff_f000) + (second >>> 20)) >>> 0, true);
    return 8;
  }
  const register = first >>> 27;
  if (((first - 0x3117) << 18) >>> 0 >= (register & 0x1d)) return 4;
  const target = (view.getUint32(at + 4, false) - at) >>> 0;
  view.setUint32(at, (0x17 | (register << 7) | ((target + 0x800) & 0xffff_f000)) >>> 0, true);
  view.setUint32(at + 4, ((first >>> 12) | (target << 20)) >>> 0, true);
  return 8;
}
