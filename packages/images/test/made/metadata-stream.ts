import { FieldWriter, type Edit } from './field-writer.ts';

/** Where a record starts: a block relative to its stream, and an offset in what it expands to. */
export interface MadeRef {
  readonly block: number;
  readonly offset: number;
}

/** How many bytes a block expands to, by the format. */
const fullBytes = 8192;

/** How to write records. */
export interface StreamOptions {
  readonly edit: Edit;
  /** Compresses a block. Default: blocks are stored as they are. */
  readonly pack?: ((bytes: Buffer) => Buffer) | undefined;
  /** What each block but the last expands to. Default 8192, as every writer makes them. */
  readonly blockBytes?: number | undefined;
}

/** Records in blocks of metadata; one may go on in the next block. */
export class MetadataStream {
  /** Where each block starts. */
  readonly starts: number[] = [];
  private readonly name: string;
  private readonly edit: Edit;
  private readonly pack: ((bytes: Buffer) => Buffer) | undefined;
  private readonly blockBytes: number;
  private readonly blocks: Buffer[] = [];
  private length = 0;
  private open: Buffer = Buffer.alloc(0);

  constructor(name: string, { edit, pack, blockBytes = fullBytes }: StreamOptions) {
    this.name = name;
    this.edit = edit;
    this.pack = pack;
    this.blockBytes = blockBytes;
  }

  get here(): MadeRef {
    return { block: this.length, offset: this.open.length };
  }

  record(write: (fields: FieldWriter) => void): void {
    const fields = new FieldWriter(this.edit);
    write(fields);
    this.open = Buffer.concat([this.open, fields.done()]);
    while (this.open.length >= this.blockBytes) {
      this.flush(this.open.subarray(0, this.blockBytes));
      this.open = this.open.subarray(this.blockBytes);
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
