import { realpath, stat } from 'node:fs/promises';
import type { Call, FileImageFormat, FileImageRef, VerifiedImage } from '@fairlead/core';
import { readHead } from '../archive.ts';
import { deadline } from '../deadline.ts';
import { corrupt, systemError } from '../failure.ts';
import { sameStamp } from '../same-stamp.ts';
import { openSource, type FileStamp, type Source } from '../source.ts';
import { openSif } from './open-sif.ts';
import { startsLikeSif } from './sif-header.ts';
import { unsigned, verifyOpenSif, type SifVerification } from './verify-sif.ts';

/** Forms in which no root file system of a SIF can come: nothing of them is signed in the file itself. */
const others: ReadonlySet<FileImageFormat> = new Set(['oci-layout', 'oci-archive', 'docker-archive']);

/**
 * Verifies an image file that an engine may open by its path. A bare file system holds no signatures and is refused.
 * @throws as `verifySif`
 */
export async function verifyImageFile(
  image: FileImageRef,
  call: Call,
  verification: SifVerification,
): Promise<VerifiedImage | undefined> {
  if (others.has(image.format)) return undefined;
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
