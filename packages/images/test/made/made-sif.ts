import { jsonObject, partition, type MadeObject } from '../../src/__fixtures__/sif.ts';
import { unedited, FieldWriter, type Edit } from './field-writer.ts';

export { jsonObject, partition, type MadeObject };

/** An object with a text. */
export function textObject(dataType: number, text: string, name = ''): MadeObject {
  return { dataType, name, content: Buffer.from(text) };
}

/** How to write a SIF. */
export interface MadeSifOptions {
  /** Places for descriptors. */
  readonly total?: number;
  readonly edit?: Edit;
}

const tableOffset = 128;
const descriptorBytes = 585;

/** A SIF whose every field has a name under which it can be given a wrong value; the table follows the header. */
export function madeSif(objects: readonly MadeObject[], { total = 6, edit = unedited }: MadeSifOptions = {}): Buffer {
  const data = tableOffset + total * descriptorBytes;
  const size = objects.reduce((sum, { content }) => sum + content.length, 0);
  const fields = new FieldWriter(edit);
  header(fields, { total, data, size, used: objects.length });
  let at = data;
  for (const [index, object] of objects.entries()) {
    descriptor(fields, object, { index, at });
    at += object.content.length;
  }
  fields.zeros((total - objects.length) * descriptorBytes);
  return Buffer.concat([fields.done(), ...objects.map(({ content }) => content)]);
}

interface Counts {
  readonly total: number;
  readonly data: number;
  readonly size: number;
  readonly used: number;
}

function header(fields: FieldWriter, { total, data, size, used }: Counts): void {
  const launch = Buffer.alloc(32);
  launch.write('#!/usr/bin/env run-singularity\n');
  fields.raw(launch);
  for (const [at, byte] of Buffer.from('SIF_MAGIC\0').entries()) fields.field(`header magic ${at}`, 1, byte);
  for (const [at, byte] of Buffer.from('01\0').entries()) fields.field(`header version ${at}`, 1, byte);
  for (const [at, byte] of Buffer.from('02\0').entries()) fields.field(`header architecture ${at}`, 1, byte);
  fields.field('header uuid low', 8, 0);
  fields.field('header uuid high', 8, 0);
  fields.field('header created', 8, 1_600_000_000);
  fields.field('header modified', 8, 1_600_000_000);
  fields.field('header free', 8, total - used);
  fields.field('header total', 8, total);
  fields.field('header table offset', 8, tableOffset);
  fields.field('header table size', 8, total * descriptorBytes);
  fields.field('header data offset', 8, data);
  fields.field('header data size', 8, size);
}

function descriptor(
  fields: FieldWriter,
  { dataType, content, name = '', extra = Buffer.alloc(0), group = 0xf000_0001, link = 0 }: MadeObject,
  { index, at }: { readonly index: number; readonly at: number },
): void {
  const put = (field: string, bytes: 1 | 4 | 8, value: number): void =>
    fields.field(`descriptor ${index} ${field}`, bytes, value);
  put('type', 4, dataType);
  put('used', 1, 1);
  put('id', 4, index + 1);
  put('group', 4, group);
  put('link', 4, link);
  put('offset', 8, at);
  put('size', 8, content.length);
  put('padded size', 8, content.length);
  put('created', 8, 0);
  put('modified', 8, 0);
  put('uid', 8, 0);
  put('gid', 8, 0);
  const text = Buffer.alloc(128);
  text.write(name);
  fields.raw(text);
  const view = Buffer.alloc(384);
  view.set(extra);
  put('file system', 4, view.readUInt32LE(0));
  put('role', 4, view.readUInt32LE(4));
  fields.raw(view.subarray(8));
}
