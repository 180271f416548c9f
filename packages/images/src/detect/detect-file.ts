import type { FileImageFormat } from '@fairlead/core';
import { expandIfCompressed, readHead, startsLikeTar } from '../archive.ts';
import { checkExt3, startsLikeExt } from '../ext3/ext3-superblock.ts';
import { sniffCompression } from '../expanded-source.ts';
import { corrupt, invalidImage } from '../failure.ts';
import type { Compression } from '../oci/media-type.ts';
import { openSif } from '../sif/open-sif.ts';
import { sifMagicOffset, startsLikeSif } from '../sif/sif-header.ts';
import type { Source } from '../source.ts';
import { readSquashfsSuperblock, startsLikeSquashfs } from '../squashfs/squashfs-superblock.ts';
import { detectArchive } from './detect-archive.ts';
import { asPrintable, kindOf } from './magic.ts';
import { looksLikeManifest } from './manifest.ts';

/** What a file is. */
export type DetectedFile =
  | { readonly kind: 'image'; readonly format: FileImageFormat; readonly compression: Compression }
  | { readonly kind: 'manifest' };

/** Enough for every magic, and for a manifest to show itself. */
const headBytes = 65_536;

/**
 * What a file is, by its content alone.
 * @throws FairleadError `INVALID_IMAGE` naming the kind of its first bytes, `CORRUPT_IMAGE` with the place
 */
export async function detectFile(source: Source): Promise<DetectedFile> {
  if (source.size === 0) throw invalidImage(source.path, 'is an empty file');
  const head = await readHead(source, headBytes);
  if (startsLikeSif(head)) return image(await detectSif(source));
  const offset = launchLineEnd(head);
  if (startsLikeSquashfs(head, offset)) {
    await readSquashfsSuperblock(source, offset);
    return image('squashfs');
  }
  if (startsLikeExt(head, offset)) {
    await checkExt3(source, offset);
    return image('ext3');
  }
  if (offset > 0 || isCutLaunchLine(head)) throw truncatedSif(source, head);
  return (await detectTar(source, head)) ?? detectText(source, head);
}

function image(format: FileImageFormat, compression: Compression = 'none'): DetectedFile {
  return { kind: 'image', format, compression };
}

async function detectSif(source: Source): Promise<FileImageFormat> {
  const { objects, primary } = await openSif(source);
  if (primary !== undefined) return 'sif';
  if (objects.some(({ type }) => type === 'oci-root-index')) return 'oci-sif';
  throw invalidImage(
    source.path,
    'is a SIF without a root file system',
    'Build it again, or choose its primary partition with siftool setprim.',
  );
}

/** Where content begins behind the line `#!/usr/bin/env run-singularity` that old images start with; else 0. */
export function launchLineEnd(head: Uint8Array): number {
  const mark = ' run-singularity\n';
  const start = Buffer.from(head.subarray(0, 2048)).toString('latin1');
  const at = start.indexOf(mark);
  return start.startsWith('#!') && at > 0 ? at + mark.length : 0;
}

/** Shorter than the line that every SIF starts with, but long enough to know it. */
function isCutLaunchLine(head: Uint8Array): boolean {
  const start = Buffer.from(head.subarray(0, 64)).toString('latin1');
  return start.length > 16 && '#!/usr/bin/env run-singularity\n'.startsWith(start);
}

/** The launch line is there, but nothing that Apptainer writes behind it. */
function truncatedSif({ path, size }: Source, head: Uint8Array): Error {
  const short = size < sifMagicOffset + 10 || head.subarray(sifMagicOffset).every((byte) => byte === 0);
  const why = short
    ? `the file ends at byte ${size}: it is truncated`
    : 'neither SIF nor squashfs follows the launch line';
  return corrupt({
    path,
    where: `SIF magic at byte ${sifMagicOffset}`,
    why,
    details: { field: 'magic', offset: sifMagicOffset },
  });
}

async function detectTar(source: Source, head: Uint8Array): Promise<DetectedFile | undefined> {
  const compression = sniffCompression(head);
  if (compression === 'none' && !startsLikeTar(head)) return undefined;
  await using expanded = await expandIfCompressed(source);
  if (compression !== 'none' && !startsLikeTar(await readHead(expanded, 512))) return undefined;
  return image(await detectArchive(expanded), compression);
}

function detectText(source: Source, head: Uint8Array): DetectedFile {
  const text = asPrintable(head);
  if (text !== undefined && looksLikeManifest(text)) return { kind: 'manifest' };
  const kind = kindOf(head);
  throw invalidImage(source.path, `is ${kind.name}, not an image`, kind.hint);
}
