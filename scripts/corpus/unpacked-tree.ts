import { fileURLToPath } from 'node:url';
import { createSifConverter, detectImage } from '@fairlead/images';
import { compareMembers, plainName } from './compare-members.ts';
import { tell, type Member } from './members.ts';

const reader = fileURLToPath(import.meta.resolve('@fairlead/lab/corpus/read-tar.py'));

/**
 * What differs between a folder that somebody has unpacked and the layer of a SIF: names, types, modes, owners, links,
 * devices and the content of every file. Times and attributes are left to whoever unpacks. `enter`, put before a
 * command, runs it where the folder can be read.
 */
export async function compareUnpacked(
  sif: string,
  folder: string,
  enter: readonly string[],
): Promise<readonly string[]> {
  const line = 'tar --numeric-owner -C "$1" -cf - . | python3 "$2" tar';
  const unpacked = await tell([...enter, '/usr/bin/bash', '-o', 'pipefail', '-c', line, 'bash', folder, reader]);
  await using converted = await createSifConverter().open(await detectImage(sif), {});
  const layer = await tell([...enter, '/usr/bin/python3', reader, 'image'], converted.stream());
  return compareUnpackedMembers(layer.members, unpacked.members);
}

/** The same of what a reader told of both. */
export function compareUnpackedMembers(layer: readonly Member[], unpacked: readonly Member[]): readonly string[] {
  if (layer.length < 2) return [`the layer has ${layer.length} members: nothing was compared`];
  return compareMembers(unpacked.filter(isBelow).map(lasting), layer.filter(isBelow).map(lasting));
}

/** The folder that all is unpacked into is made by whoever unpacks. */
function isBelow({ name }: Member): boolean {
  return plainName(name) !== '' && name !== '.';
}

function lasting(member: Member): Member {
  return { ...member, mtime: 0, xattrs: {} };
}
