import { FieldWriter, type Edit } from './field-writer.ts';

/** Where a record starts: a block relative to its stream, and an offset in what it expands to. */
export interface MadeRef {
  readonly block: number;
  readonly offset: number;
}

const blockBytes = 8192;

/** Records in blocks of metadata; one may go on in the next block. */
export class MetadataStream {
  /** Where each block starts. */
  readonly starts: number[] = [];
  private readonly name: string;
  private readonly edit: Edit;
  private readonly pack: ((bytes: Buffer) => Buffer) | undefined;
  private readonly blocks: Buffer[] = [];
  private length = 0;
  private open: Buffer = Buffer.alloc(0);

  constructor(name: string, edit: Edit, pack: ((bytes: Buffer) => Buffer) | undefined) {
    this.name = name;
    this.edit = edit;
    this.pack = pack;
  }

  get here(): MadeRef {
    return { block: this.length, offset: this.open.length };
  }

  record(write: (fields: FieldWriter) => void): void {
    const fields = new FieldWriter(this.edit);
    write(fields);
    this.open = Buffer.concat([this.open, fields.done()]);
    while (this.open.length >= blockBytes) {
      this.flush(this.open.subarray(0, blockBytes));
      this.open = this.open.subarray(blockBytes);
    }
  }

  /** All blocks; nothing may be added afterwards. */
  done(): Buffer {
    if (this.open.length > 0) this.flush(this.open);
    this.open = Buffer.alloc(0);
    return Buffer.concat(this.blocks);
  }

  private flush(bytes: Buffer): void {
    const packed = this.pack?.(bytes);
    const smaller = packed !== undefined && packed.length < bytes.length;
    const stored = smaller ? packed : bytes;
    const head = new FieldWriter(this.edit);
    const word = smaller ? stored.length : stored.length | 0x8000;
    head.field(`${this.name}, header of block ${this.starts.length}`, 2, word);
    this.starts.push(this.length);
    this.blocks.push(head.done(), Buffer.from(stored));
    this.length += 2 + stored.length;
  }
}
