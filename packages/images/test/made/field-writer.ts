/** Changes the value of a field on its way into a file: the name says which field, what is given back is stored. */
export type Edit = (field: string, value: bigint) => bigint;

/** Leaves everything as it is. */
export const unedited: Edit = (_field, value) => value;

/** The fields of this table get these values, all others stay; a name that no field has is an error, found by `unused`. */
export function editing(values: Readonly<Record<string, bigint | number>>): Edit & { unused(): readonly string[] } {
  const left = new Set(Object.keys(values));
  const edit: Edit = (field, value) => {
    if (!Object.hasOwn(values, field)) return value;
    left.delete(field);
    return BigInt(values[field] ?? value);
  };
  return Object.assign(edit, { unused: () => [...left] });
}

/** Packed little-endian fields, each with a name under which its value can be changed. */
export class FieldWriter {
  private readonly edit: Edit;
  private bytesSoFar: Buffer = Buffer.alloc(256);
  length = 0;

  constructor(edit: Edit) {
    this.edit = edit;
  }

  /** A field of that many bytes; negative values are stored as two's complement. */
  field(name: string, bytes: 1 | 2 | 4 | 8, value: bigint | number): void {
    const stored = BigInt.asUintN(bytes * 8, this.edit(name, BigInt(value)));
    const at = this.reserve(bytes);
    for (let index = 0; index < bytes; index += 1) {
      this.bytesSoFar[at + index] = Number((stored >> BigInt(8 * index)) & 0xffn);
    }
  }

  /** Bytes that have no fields. */
  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytesSoFar.set(bytes, at);
  }

  zeros(count: number): void {
    this.reserve(count);
  }

  /** Everything so far. */
  done(): Buffer {
    return this.bytesSoFar.subarray(0, this.length);
  }

  private reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytesSoFar.length) {
      const grown = Buffer.alloc(Math.max(this.length, this.bytesSoFar.length * 2));
      this.bytesSoFar.copy(grown, 0, 0, at);
      this.bytesSoFar = grown;
    }
    return at;
  }
}
