import type { MadeRef, MetadataStream } from './metadata-stream.ts';

/** A node that has been written: where, under which number, and as what. */
export interface WrittenNode {
  readonly ref: MadeRef;
  readonly number: number;
  /** Of the basic types. */
  readonly type: number;
}

interface Child {
  readonly name: string;
  readonly node: WrittenNode;
}

/** Names under one header. */
const runEntries = 256;

/** Writes the listing of a folder, and gives where it is and how many bytes it has. */
export function writeFolder(
  folders: MetadataStream,
  path: string,
  children: readonly Child[],
): MadeRef & { readonly size: number } {
  const start = folders.here;
  let size = 0;
  for (let at = 0; at < children.length;) {
    const run = runFrom(children, at);
    size += writeRun(folders, path, { run, at });
    at += run.length;
  }
  return { ...start, size };
}

/** As many as one header can have: their inodes lie in one block, and their numbers near each other. */
function runFrom(children: readonly Child[], from: number): readonly Child[] {
  const first = children[from];
  const run: Child[] = [];
  for (const child of children.slice(from, from + runEntries)) {
    const delta = child.node.number - (first?.node.number ?? 0);
    if (child.node.ref.block !== first?.node.ref.block || Math.abs(delta) > 32_767) break;
    run.push(child);
  }
  return run;
}

function writeRun(
  folders: MetadataStream,
  path: string,
  { run, at }: { readonly run: readonly Child[]; readonly at: number },
): number {
  const base = run[0]?.node.number ?? 0;
  folders.record((fields) => {
    fields.field(`folder ${path} count ${at}`, 4, run.length - 1);
    fields.field(`folder ${path} block ${at}`, 4, run[0]?.node.ref.block ?? 0);
    fields.field(`folder ${path} number ${at}`, 4, base);
  });
  let size = 12;
  for (const { name, node } of run) {
    const entry = `entry ${path === '/' ? '' : path}/${name}`;
    folders.record((fields) => {
      fields.field(`${entry} offset`, 2, node.ref.offset);
      fields.field(`${entry} delta`, 2, node.number - base);
      fields.field(`${entry} type`, 2, node.type);
      fields.field(`${entry} length`, 2, name.length - 1);
      fields.raw(Buffer.from(name, 'latin1'));
    });
    size += 8 + name.length;
  }
  return size;
}
