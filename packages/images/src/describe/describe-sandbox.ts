import { constants } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError, type ImageConfig } from '@fairlead/core';
import { invalidImage, systemError } from '../failure.ts';
import { asTextRecord, parseObject } from '../json.ts';
import { limits } from '../limits.ts';
import { openSource } from '../source.ts';
import { parseOciRunscript } from '../sif-config/oci-runscript.ts';
import { runscriptRuns } from './runscript.ts';

/** What a sandbox says about running. Its links are not followed: they are meant for inside the container. */
export async function describeSandbox(folder: string, signal: AbortSignal): Promise<ImageConfig> {
  await requireFolder(folder);
  const runscript = await readInside(folder, '.singularity.d/runscript', signal);
  const labels = await readInside(folder, '.singularity.d/labels.json', signal);
  const place = { path: folder, where: '.singularity.d/labels.json' };
  const text = runscript instanceof Uint8Array ? Buffer.from(runscript).toString('utf8') : '';
  return {
    // No object beside it says what OCI image it was made of; its runscript does.
    ...parseOciRunscript(text),
    hasRunscript: runscript === 'link' ? undefined : runscriptRuns(text),
    labels: labels instanceof Uint8Array ? asTextRecord(parseObject(labels, place), place, 'content') : undefined,
  };
}

async function requireFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch((cause: unknown) => {
    throw systemError(folder, cause);
  });
  if (!stats.isDirectory()) throw invalidImage(folder, 'is no folder, so it is no sandbox');
}

/** The first megabytes of a regular file, or undefined if there is none. */
async function readInside(folder: string, name: string, signal: AbortSignal): Promise<Uint8Array | 'link' | undefined> {
  const path = join(folder, name);
  try {
    const parent = await lstat(join(path, '..'));
    if (!parent.isDirectory()) return undefined;
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;
    await using handle = await open(path, flags);
    await using source = await openSource(handle, { signal, path });
    return await source.read({ offset: 0, length: Math.min(source.size, limits.jsonBytes) });
  } catch (cause) {
    signal.throwIfAborted();
    if (FairleadError.is(cause)) throw cause;
    return linkOrAbsent(path, cause);
  }
}

function linkOrAbsent(path: string, cause: unknown): 'link' | undefined {
  const error = systemError(path, cause);
  if (error.code === 'IMAGE_NOT_FOUND') return undefined;
  // O_NOFOLLOW makes the system say ELOOP for a link.
  if (error.details['errno'] === 'ELOOP') return 'link';
  throw error;
}
