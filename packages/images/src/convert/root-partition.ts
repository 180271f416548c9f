import { FairleadError } from '@fairlead/core';
import { quote } from '../failure.ts';
import type { Sif } from '../sif/open-sif.ts';
import type { SifFileSystem, SifPartition } from '../sif/sif-object.ts';

const runIt = 'Run it with Apptainer, or build it again: apptainer build NEW.sif OLD.sif';
const openIt = 'Run it with Apptainer, which asks for its key, or build it again without --encrypt.';

const refusals: Readonly<Record<Exclude<SifFileSystem, 'squashfs'>, readonly [why: string, hint: string]>> = {
  ext3: ['has a root file system of type ext3; only squashfs is converted', runIt],
  archive: ['has an archive for its root file system; only squashfs is converted', runIt],
  raw: ['has a root file system of raw data; only squashfs is converted', runIt],
  luks2: ['has an encrypted root file system (LUKS2): without its key nothing of it can be read', openIt],
  gocryptfs: ['has an encrypted root file system (gocryptfs): without its key nothing of it can be read', openIt],
  unknown: ['has a root file system of an unknown type', runIt],
};

/**
 * The partition that a SIF runs: the primary one, whatever the architecture of others, as Apptainer does it.
 * @throws FairleadError `CONVERSION_FAILED` naming what stands in the way
 */
export function rootPartition(path: string, { objects, primary }: Sif, lossy: boolean): SifPartition {
  if (primary === undefined) throw refused(path, ['has no root file system: no partition is the primary one', runIt]);
  if (primary.fileSystem !== 'squashfs') throw refused(path, refusals[primary.fileSystem]);
  const overlay = objects.find((object) => object.type === 'partition' && object.role === 'overlay');
  if (overlay === undefined || lossy) return primary;
  const hint = 'Pass lossy: true to convert the image below the overlay.';
  throw refused(path, ['has a writable overlay, whose changes would be lost', hint]);
}

function refused(path: string, [why, hint]: readonly [string, string]): FairleadError {
  return new FairleadError({ code: 'CONVERSION_FAILED', message: `${quote(path)} ${why}`, hint, details: { path } });
}
