import { join } from 'node:path';
import { quote } from '../quote.ts';
import type { SquashfsFile } from './make-squashfs.ts';
import { keep, type Workshop } from './workshop.ts';

/** SIFs put together of parts, by what they are. */
export interface PartFiles {
  /** Hold the same file system, each in another way. */
  readonly same: readonly { readonly name: string; readonly file: string }[];
  /** Their primary partition is not squashfs, or not all of what they hold. */
  readonly overlay: string;
  readonly ext3: string;
}

/** Puts SIFs together with Apptainer's own commands for that, around one file system; those of an earlier run are kept. */
export async function makeParts(workshop: Workshop, root: SquashfsFile, data: SquashfsFile): Promise<PartFiles> {
  const text = scriptOf(root.file, data.file);
  const folder = await keep(workshop, { name: 'parts', key: text }, async (draft) => {
    await workshop.script(draft, `cd ${quote(draft)}\n${text}`);
  });
  const at = (name: string): string => join(folder, name);
  const same = ['plain.sif', 'several.sif', 'second.sif', 'arm64.sif', 'launch-line'];
  return {
    same: same.map((name) => ({ name: `parts-${name}`, file: at(name) })),
    overlay: at('overlay.sif'),
    ext3: at('ext3.sif'),
  };
}

function scriptOf(root: string, data: string): string {
  return `root=${quote(root)} data=${quote(data)}\n${script}`;
}

const script = `
sif() { apptainer --quiet sif "$@"; }
# partition FILE SYSTEM ROLE ARCHITECTURE GROUP SIF: the numbers of apptainer's help.
partition() { sif add --datatype 4 --partfs "$2" --parttype "$3" --partarch "$4" --groupid "$5" "$6" "$1"; }

sif new plain.sif
partition "$root" 1 2 2 1 plain.sif

# The primary partition last, in another group, behind a hole where an object was deleted.
echo 'Bootstrap: none' >definition
echo '{}' >object.json
sif new several.sif
sif add --datatype 1 --groupid 1 several.sif definition
partition "$data" 1 3 2 1 several.sif
sif add --datatype 6 --groupid 1 several.sif object.json
sif add --datatype 7 --groupid 1 several.sif definition
partition "$root" 1 2 2 2 several.sif
sif del 3 several.sif

# The second of two systems.
sif new second.sif
partition "$data" 1 2 2 1 second.sif
partition "$root" 1 1 2 1 second.sif
sif setprim 2 second.sif

sif new arm64.sif
partition "$root" 1 2 4 1 arm64.sif

{ printf '#!/usr/bin/env run-singularity\\n' && cat "$root"; } >launch-line

truncate -s 2M ext3.img
mke2fs -q -t ext3 ext3.img
sif new overlay.sif
partition "$root" 1 2 2 1 overlay.sif
partition ext3.img 2 4 2 1 overlay.sif
sif new ext3.sif
partition ext3.img 2 2 2 1 ext3.sif
`;
