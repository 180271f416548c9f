import type { FileImageFormat } from '@fairlead/core';
import { invalidImage } from '../failure.ts';
import { limits } from '../limits.ts';
import type { Source } from '../source.ts';
import { sourceReader } from '../tar/byte-reader.ts';
import { readTar } from '../tar/read-tar.ts';
import { plainName } from '../tar/tar-archive.ts';

/**
 * The format of a tar archive, by the names of its members. One that is both an OCI layout and a docker-archive is told
 * as OCI archive, because that keeps the image's digest.
 * @throws FairleadError `INVALID_IMAGE` if it holds no image, `CORRUPT_IMAGE`
 */
export async function detectArchive(source: Source): Promise<FileImageFormat> {
  const names = new Set<string>();
  let strangers = 0;
  await using reader = sourceReader(source);
  for await (const entry of readTar(reader, limits.archiveEntries)) {
    const name = plainName(entry.name);
    if (telling.has(name)) names.add(name);
    if (names.has('oci-layout') && names.has('index.json')) return 'oci-archive';
    if (!belongsToImage(name)) strangers += 1;
    if (strangers > limits.strangeEntries && !names.has('manifest.json')) break;
  }
  if (names.has('manifest.json')) return 'docker-archive';
  throw noImage(source.path, names);
}

const telling: ReadonlySet<string> = new Set(['oci-layout', 'index.json', 'manifest.json', 'repositories']);

function belongsToImage(name: string): boolean {
  return telling.has(name) || /^(?:blobs(?:\/|$)|(?:sha256:)?[0-9a-f]{64}(?:$|[./]))/.test(name);
}

function noImage(path: string, names: ReadonlySet<string>): Error {
  if (names.has('repositories')) {
    return invalidImage(path, 'is a docker-archive of a very old version', 'Save the image again with a newer engine.');
  }
  if (names.size > 0) {
    return invalidImage(
      path,
      'looks like an OCI archive, but oci-layout or index.json is missing',
      'Write it again with the tool that made it.',
    );
  }
  return invalidImage(
    path,
    'is a tar archive without an image',
    'If it is the root of a Linux system, unpack it and give the folder.',
  );
}
