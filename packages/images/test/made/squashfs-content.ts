import type { MetadataStream } from './metadata-stream.ts';
import { packBlock, type MadeCompression } from './pack-block.ts';
import type { MadeBlock, MadeFile } from './squashfs-tree.ts';

/** Where a file's content was put. */
export interface PlacedContent {
  readonly start: number;
  readonly words: readonly number[];
  readonly size: number;
  readonly fragment: { readonly index: number; readonly offset: number } | undefined;
}

const storedRaw = 0x100_0000;

/** The content of files, block by block, and the fragments that hold their tails. */
export class SquashfsContent {
  private readonly parts: Buffer[] = [];
  private readonly fragmentBlocks: { readonly start: number; readonly word: number }[] = [];
  private readonly pack: ((bytes: Uint8Array) => Buffer) | undefined;
  private readonly blockSize: number;
  private end: number;
  private tails: Buffer = Buffer.alloc(0);

  constructor(options: { readonly compression: MadeCompression; readonly blockSize: number; readonly start: number }) {
    this.pack = packBlock(options.compression);
    this.blockSize = options.blockSize;
    this.end = options.start;
  }

  get fragments(): number {
    return this.fragmentBlocks.length;
  }

  add({ content, holeBytes = 0, blocks, words: given, size, whole }: MadeFile): PlacedContent {
    const start = this.end;
    if (given !== undefined) return { start, words: given, size: size ?? 0, fragment: undefined };
    if (blocks !== undefined) {
      const words = blocks.map((block) => this.put(block));
      return { start, words, size: size ?? content.length, fragment: undefined };
    }
    const total = content.length + holeBytes;
    const tail = holeBytes > 0 || whole === true ? 0 : content.length % this.blockSize;
    const words: number[] = [];
    for (let at = 0; at < content.length - tail; at += this.blockSize) {
      words.push(this.put(this.packed(content.subarray(at, at + this.blockSize))));
    }
    const holes = Math.ceil(total / this.blockSize) - words.length;
    if (holeBytes > 0) for (let count = 0; count < holes; count += 1) words.push(0);
    const fragment = tail === 0 ? undefined : this.addTail(content.subarray(content.length - tail));
    return { start, words, size: size ?? total, fragment };
  }

  done(): Buffer {
    this.closeFragment();
    return Buffer.concat(this.parts);
  }

  writeFragments(table: MetadataStream): number {
    for (const [at, { start, word }] of this.fragmentBlocks.entries()) {
      table.record((fields) => {
        fields.field(`fragment ${at} start`, 8, start);
        fields.field(`fragment ${at} size`, 4, word);
        fields.field(`fragment ${at} unused`, 4, 0);
      });
    }
    return this.fragmentBlocks.length;
  }

  private packed(bytes: Uint8Array): MadeBlock {
    const packed = this.pack?.(bytes);
    if (packed !== undefined && packed.length < bytes.length) return { bytes: packed, compressed: true };
    return { bytes, compressed: false };
  }

  private put({ bytes, compressed }: MadeBlock): number {
    this.parts.push(Buffer.from(bytes));
    this.end += bytes.length;
    return compressed ? bytes.length : bytes.length | storedRaw;
  }

  private addTail(tail: Uint8Array): PlacedContent['fragment'] {
    if (this.tails.length + tail.length > this.blockSize) this.closeFragment();
    const offset = this.tails.length;
    this.tails = Buffer.concat([this.tails, tail]);
    return { index: this.fragmentBlocks.length, offset };
  }

  private closeFragment(): void {
    if (this.tails.length === 0) return;
    const start = this.end;
    this.fragmentBlocks.push({ start, word: this.put(this.packed(this.tails)) });
    this.tails = Buffer.alloc(0);
  }
}
