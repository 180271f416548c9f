import type { ConverterRecords, ProgressCall } from '@fairlead/core';
import { parseDigest, type Digest } from '../oci/digest.ts';
import type { FileStamp, Source } from '../source.ts';
import { sourceDigest } from '../source-digest.ts';

/**
 * A file that was changed so shortly before it was read, in milliseconds, may be changed again within the same tick of
 * its file system's clock: its digest is not remembered. FAT counts in steps of two seconds.
 */
const settledMs = 2_000;

/** How to take a digest. */
export interface DigestCall extends Pick<ProgressCall, 'onProgress'> {
  readonly records?: ConverterRecords | undefined;
}

/**
 * The sha256 of a whole file. It is remembered by the file's device, inode, size and times, so that an image that was
 * read once is not read again to find out that an engine has it.
 * @throws FairleadError `CORRUPT_IMAGE` if the file was changed meanwhile
 */
export async function digestSource(source: Source, { records, onProgress }: DigestCall): Promise<Digest> {
  const { stamp } = source;
  const known = stamp === undefined ? undefined : parseRecord(await records?.read(nameOf(stamp)), stamp);
  if (known !== undefined) return known;
  const startedAt = Date.now();
  const totalBytes = source.size;
  const digest = await sourceDigest(source, (bytes) => onProgress?.({ phase: 'resolving', bytes, totalBytes }));
  await source.checkUnchanged();
  if (stamp !== undefined && isSettled(stamp, startedAt)) await records?.write(nameOf(stamp), toRecord(stamp, digest));
  return digest;
}

function nameOf({ device, inode }: FileStamp): string {
  return `digest-${device.toString(16)}-${inode.toString(16)}`;
}

/** Also false for a time in the future: nothing tells how far that clock is ahead. */
function isSettled({ inode, modifiedNs, changedNs }: FileStamp, at: number): boolean {
  const newest = modifiedNs > changedNs ? modifiedNs : changedNs;
  return inode !== 0n && newest <= BigInt(at - settledMs) * 1_000_000n;
}

function toRecord({ size, modifiedNs, changedNs }: FileStamp, digest: Digest): Readonly<Record<string, unknown>> {
  return { v: 1, size: `${size}`, modifiedNs: `${modifiedNs}`, changedNs: `${changedNs}`, digest: digest.text };
}

/** The digest of a record, if it is whole and about this very state of the file. */
function parseRecord(record: unknown, stamp: FileStamp): Digest | undefined {
  if (typeof record !== 'object' || record === null || !('digest' in record)) return undefined;
  const digest = parseDigest(record.digest);
  if (digest?.algorithm !== 'sha256') return undefined;
  const asked = Object.entries(toRecord(stamp, digest));
  const told: ReadonlyMap<string, unknown> = new Map(Object.entries(record));
  return asked.every(([key, value]) => told.get(key) === value) ? digest : undefined;
}
