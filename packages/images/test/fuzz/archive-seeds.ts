import { gzipSync, zstdCompressSync } from 'node:zlib';
import { mediaType } from '../../src/oci/media-type.ts';
import {
  archiveMembers,
  madeDockerArchive,
  madeLayout,
  plainLayer,
  type DocumentEdit,
  type DocumentName,
  type MadeLayer,
} from '../made/made-layout.ts';
import type { MadeMember } from '../made/made-tar.ts';
import { mutateJson, mutateJsonText } from './mutate-json.ts';
import type { Random } from './random.ts';

/** The formats of archives. */
export type ArchiveFormat = 'oci-archive' | 'docker-archive';

const base = plainLayer([
  { name: 'bin', flag: '5' },
  { name: 'bin/sh', content: 'x'.repeat(600) },
]);

/** One layer of each compression. */
export const layers: readonly MadeLayer[] = [
  base,
  { ...base, stored: gzipSync(base.tar, { level: 1 }), mediaType: `${mediaType.layer}+gzip` },
  { ...base, stored: zstdCompressSync(base.tar), mediaType: `${mediaType.layer}+zstd` },
];

/** The members of an archive of an image with these layers. */
export function membersOf(format: ArchiveFormat, edit?: DocumentEdit): MadeMember[] {
  const made = { layers, ...(edit && { edit }) };
  return format === 'docker-archive' ? madeDockerArchive(made) : archiveMembers(madeLayout(made));
}

/** Changes one document, and whatever refers to it by its digest. */
export function documentMutation(
  random: Random,
  documents: readonly DocumentName[],
): { readonly edit: DocumentEdit; readonly notes: readonly string[] } {
  const wanted = random.pick(documents);
  const notes: string[] = [];
  const asText = random.chance(15);
  const edit: DocumentEdit = (document, value) => {
    if (document !== wanted) return value;
    const mutated = mutateJson(value, random);
    notes.push(`${document}: ${mutated.note}${asText ? ', as broken text' : ''}`);
    return asText ? mutateJsonText(mutated.value, random) : mutated.value;
  };
  return { edit, notes };
}
