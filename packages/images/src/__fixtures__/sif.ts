/** One object of a SIF made by hand. */
export interface MadeObject {
  readonly dataType: number;
  readonly content: Uint8Array;
  readonly name?: string;
  readonly extra?: Uint8Array;
  /** As it is stored; default: group 1. */
  readonly group?: number;
  /** As it is stored; default: none. */
  readonly link?: number;
}

/** An object with JSON as Apptainer stores it. */
export function jsonObject(name: string, value: unknown): MadeObject {
  return { dataType: 0x4006, name, content: Buffer.from(JSON.stringify(value)) };
}

/** A partition: file system 1 is squashfs, type 2 the primary one. */
export function partition(content: Uint8Array, fileSystem = 1, type = 2): MadeObject {
  const extra = Buffer.alloc(384);
  extra.writeInt32LE(fileSystem, 0);
  extra.writeInt32LE(type, 4);
  extra.write('02', 8);
  return { dataType: 0x4004, name: 'rootfs', content, extra };
}

/** A SIF made by hand from the format's description, laid out as Apptainer does: table at 4096, 48 descriptors. */
export function makeSif(objects: readonly MadeObject[], total = 48): Buffer {
  const tableOffset = 4096;
  const dataOffset = tableOffset + total * 585;
  const size = objects.reduce((sum, { content }) => sum + content.length, dataOffset);
  const sif = Buffer.alloc(size);
  sif.write('#!/usr/bin/env run-singularity\n', 0);
  sif.write('SIF_MAGIC\u0000', 32);
  sif.write('01', 42);
  sif.write('02', 45);
  sif.writeBigInt64LE(-62_135_596_800n, 64);
  sif.writeBigInt64LE(BigInt(total - objects.length), 80);
  sif.writeBigInt64LE(BigInt(total), 88);
  sif.writeBigInt64LE(BigInt(tableOffset), 96);
  sif.writeBigInt64LE(BigInt(total * 585), 104);
  sif.writeBigInt64LE(BigInt(dataOffset), 112);
  sif.writeBigInt64LE(BigInt(size - dataOffset), 120);
  let at = dataOffset;
  for (const [index, object] of objects.entries()) {
    describe(sif.subarray(tableOffset + index * 585), object, { index, at });
    sif.set(object.content, at);
    at += object.content.length;
  }
  return sif;
}

function describe(descriptor: Buffer, object: MadeObject, { index, at }: { readonly index: number; readonly at: number }): void {
  descriptor.writeInt32LE(object.dataType, 0);
  descriptor[4] = 1;
  descriptor.writeUInt32LE(index + 1, 5);
  descriptor.writeUInt32LE(object.group ?? 0xf0000001, 9);
  descriptor.writeUInt32LE(object.link ?? 0, 13);
  descriptor.writeBigInt64LE(BigInt(at), 17);
  descriptor.writeBigInt64LE(BigInt(object.content.length), 25);
  descriptor.writeBigInt64LE(BigInt(object.content.length), 33);
  descriptor.write(object.name ?? '', 73);
  if (object.extra) descriptor.set(object.extra, 201);
}

/** The beginning of a squashfs file system: a superblock, and zeros up to its size. */
export function makeSquashfs(size = 4096): Buffer {
  const squashfs = Buffer.alloc(size);
  squashfs.write('hsqs', 0);
  squashfs.writeUInt32LE(1, 4);
  squashfs.writeUInt32LE(131_072, 12);
  squashfs.writeUInt16LE(1, 20);
  squashfs.writeUInt16LE(17, 22);
  squashfs.writeUInt16LE(4, 28);
  squashfs.writeBigUInt64LE(BigInt(size), 40);
  for (const table of [48, 56, 64, 72, 80, 88]) squashfs.writeBigUInt64LE(96n, table);
  return squashfs;
}
