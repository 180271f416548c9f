import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import { corrupt, invalidImage, systemError } from '../failure.ts';
import { limits } from '../limits.ts';
import { openSource } from '../source.ts';
import type { BlobStore } from './blob-store.ts';
import type { Digest } from './digest.ts';

/** The blobs of an OCI layout in a folder. Source: OCI image specification, image-layout.md. */
export function layoutStore(folder: string, signal: AbortSignal): BlobStore {
  // A digest's parts are checked when it is parsed, so this never leaves the folder.
  const pathOf = ({ algorithm, hex }: Digest): string => join(folder, 'blobs', algorithm, hex);
  return {
    path: folder,
    signal,
    readIndex: () => readIndex(folder, signal),
    sizeOf: (digest) => sizeOf(pathOf(digest)),
    async *stream(digest) {
      await using source = await openSource(pathOf(digest), { signal });
      yield* source.all();
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function readIndex(folder: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await readSmallFile(join(folder, 'index.json'), signal);
  } catch (error) {
    const exists = await stat(folder).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (!FairleadError.is(error, 'IMAGE_NOT_FOUND') || !exists) throw error;
    throw invalidImage(folder, 'is no OCI layout: it has no index.json');
  }
}

/** A whole small file. @throws FairleadError `CORRUPT_IMAGE` if it is too large for a description */
export async function readSmallFile(path: string, signal: AbortSignal): Promise<Uint8Array> {
  await using source = await openSource(path, { signal });
  if (source.size > limits.jsonBytes) {
    const why = `it has ${source.size} bytes; at most ${limits.jsonBytes} are read`;
    throw corrupt({ path, where: 'its size', why });
  }
  return await source.read({ offset: 0, length: source.size });
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats.size : undefined;
  } catch (cause) {
    const error = systemError(path, cause);
    if (FairleadError.is(error, 'IMAGE_NOT_FOUND')) return undefined;
    throw error;
  }
}
