import { FieldWriter, type Edit } from './field-writer.ts';
import type { Tables } from './squashfs-tables.ts';
import type { MetadataStream } from './metadata-stream.ts';

/** An attribute; `name` without its prefix. */
export interface MadeXattr {
  readonly prefix?: 'user' | 'trusted' | 'security';
  readonly name: string;
  readonly value: string;
  /** The value is stored once, before all sets, and referred to. */
  readonly elsewhere?: boolean;
}

const prefixNumbers = { user: 0, trusted: 1, security: 2 } as const;

interface XattrOptions {
  readonly tables: Tables;
  readonly stream: (name: string) => MetadataStream;
  readonly edit: Edit;
}

/** Writes sets of attributes; gives where their table is. */
export function writeXattrs(sets: readonly (readonly MadeXattr[])[], { tables, stream, edit }: XattrOptions): number {
  const content = stream('attributes');
  const places = new Map<string, bigint>();
  for (const { value, elsewhere } of sets.flat()) {
    if (elsewhere !== true || places.has(value)) continue;
    places.set(value, refOf(content));
    writeValue(content, 'shared value', value);
  }
  const table = stream('attribute table');
  for (const [at, set] of sets.entries()) {
    const start = refOf(content);
    for (const [index, xattr] of set.entries()) writeXattr(content, `attribute ${at}.${index}`, { xattr, places });
    const size = set.reduce((sum, { name, value }) => sum + name.length + value.length + 8, 0);
    table.record((fields) => {
      fields.field(`attributes ${at} start`, 8, start);
      fields.field(`attributes ${at} count`, 4, set.length);
      fields.field(`attributes ${at} size`, 4, size);
    });
  }
  const contentStart = tables.add(content.done());
  const tableStart = tables.add(table.done());
  const head = new FieldWriter(edit);
  head.field('attribute table start', 8, contentStart);
  head.field('attribute table count', 4, sets.length);
  head.field('attribute table unused', 4, 0);
  const position = tables.add(head.done());
  tables.pointers('attribute table', tableStart, table.starts);
  return position;
}

function refOf(content: MetadataStream): bigint {
  const { block, offset } = content.here;
  return (BigInt(block) << 16n) | BigInt(offset);
}

function writeXattr(
  content: MetadataStream,
  name: string,
  { xattr, places }: { readonly xattr: MadeXattr; readonly places: ReadonlyMap<string, bigint> },
): void {
  const place = xattr.elsewhere === true ? places.get(xattr.value) : undefined;
  content.record((fields) => {
    const type = prefixNumbers[xattr.prefix ?? 'user'] | (place === undefined ? 0 : 0x100);
    fields.field(`${name} type`, 2, type);
    fields.field(`${name} name length`, 2, xattr.name.length);
    fields.raw(Buffer.from(xattr.name, 'latin1'));
    if (place === undefined) return;
    fields.field(`${name} value length`, 4, 8);
    fields.field(`${name} value place`, 8, place);
  });
  if (place === undefined) writeValue(content, `${name} value`, xattr.value);
}

function writeValue(content: MetadataStream, name: string, value: string): void {
  content.record((fields) => {
    fields.field(`${name} length`, 4, value.length);
    fields.raw(Buffer.from(value, 'latin1'));
  });
}
