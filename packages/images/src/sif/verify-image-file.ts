import { realpath, stat } from 'node:fs/promises';
import type { Call, FileImageFormat, FileImageRef, VerifiedImage } from '@fairlead/core';
import { readHead } from '../archive.ts';
import { deadline } from '../deadline.ts';
import { corrupt, systemError } from '../failure.ts';
import { sameStamp } from '../same-stamp.ts';
import { openSource, type FileStamp, type Source } from '../source.ts';
import { openSif } from './open-sif.ts';
import { startsLikeSif } from './sif-header.ts';
import { unsigned, unsignedFormat, verifyOpenSif, type SifVerification } from './verify-sif.ts';

/** Forms whose images no SIF is made of; who asks for signatures may let them run all the same. */
const others: ReadonlySet<FileImageFormat> = new Set(['oci-layout', 'oci-archive', 'docker-archive']);

/**
 * Verifies an image file that an engine may open by its path. What holds no signatures is refused; undefined for a
 * layout or archive that the caller lets run unsigned.
 * @throws as `verifySif`
 */
export async function verifyImageFile(
  image: FileImageRef,
  call: Call,
  verification: SifVerification,
): Promise<VerifiedImage | undefined> {
  if (others.has(image.format)) {
    if (verification.otherFormats === 'run') return undefined;
    throw unsignedFormat(image);
  }
  using limit = deadline(call, 'verify');
  // Links are followed once: an engine that followed them again could be led to another file.
  const path = await realpath(image.path).catch((error: unknown) => {
    throw systemError(image.path, error);
  });
  if (image.format === 'sandbox') throw unsigned(image.path);
  await using source = await openSource(path, { signal: limit.signal });
  if (!startsLikeSif(await readHead(source, 64))) throw unsigned(image.path);
  await verifyOpenSif(source, await openSif(source), verification);
  await source.checkUnchanged();
  return { image: { ...image, path }, checkUnchanged: () => checkPath(source) };
}

/** The path must lead to the file that was verified, and that must not have been written to. */
async function checkPath({ path, stamp }: Source): Promise<void> {
  const now = await stat(path, { bigint: true }).catch((error: unknown) => {
    throw systemError(path, error);
  });
  const { dev: device, ino: inode, size, mtimeNs: modifiedNs, ctimeNs: changedNs } = now;
  const found: FileStamp = { device, inode, size, modifiedNs, changedNs };
  if (stamp !== undefined && sameStamp(stamp, found)) return;
  const why = 'it was changed or replaced after its signatures were verified';
  throw corrupt({ path, where: 'its content', why, details: { changed: true } });
}
