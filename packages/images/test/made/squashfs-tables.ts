import { FieldWriter, type Edit } from './field-writer.ts';
import type { MetadataStream } from './metadata-stream.ts';

/** Where a table would be that is not there. */
export const absent = 0xffff_ffff_ffff_ffffn;

/** Tables behind the folders: blocks of records, and where these blocks are. */
export class Tables {
  readonly parts: Buffer[] = [];
  readonly edit: Edit;
  end: number;

  constructor(edit: Edit, start: number) {
    this.edit = edit;
    this.end = start;
  }

  add(bytes: Buffer): number {
    const at = this.end;
    this.parts.push(bytes);
    this.end += bytes.length;
    return at;
  }

  /** Writes records and the list of their blocks; gives where that list is, or that there is no such table. */
  lookup(
    name: string,
    stream: (name: string) => MetadataStream,
    write: (table: MetadataStream) => number,
  ): number | bigint {
    const records = stream(name);
    if (write(records) === 0) return absent;
    const start = this.add(records.done());
    return this.pointers(name, start, records.starts);
  }

  pointers(name: string, start: number, blocks: readonly number[]): number {
    const list = new FieldWriter(this.edit);
    for (const [at, block] of blocks.entries()) list.field(`${name}, block ${at}`, 8, start + block);
    return this.add(list.done());
  }
}
