import { lstat, readlink, stat, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Stats } from 'node:fs';
import type { Call, FileImageRef } from '@fairlead/core';
import { deadline } from '../deadline.ts';
import { invalidImage, systemError } from '../failure.ts';
import type { Compression } from '../oci/media-type.ts';
import { openSource } from '../source.ts';
import { detectFile, type DetectedFile } from './detect-file.ts';
import { detectFolder } from './detect-folder.ts';

/** What a path leads to: an image to run, or a Kubernetes manifest to play. */
export type DetectedInput =
  | { readonly kind: 'image'; readonly image: FileImageRef; readonly compression: Compression }
  | { readonly kind: 'manifest'; readonly path: string };

/**
 * Tells what a file or folder is, by its content and never by its name.
 * @throws FairleadError `IMAGE_NOT_FOUND`, `ACCESS_DENIED`; `INVALID_IMAGE` saying what it is instead; `CORRUPT_IMAGE`
 * with the place
 */
export async function detectInput(path: string, options: Call = {}): Promise<DetectedInput> {
  using limit = deadline(options, 'detect');
  return await detect(resolve(path), limit.signal);
}

/**
 * The image that a file or folder is.
 * @throws FairleadError as `detectInput`; also `INVALID_IMAGE` for a manifest
 */
export async function detectImage(path: string, options: Call = {}): Promise<FileImageRef> {
  const detected = await detectInput(path, options);
  if (detected.kind === 'image') return detected.image;
  throw invalidImage(path, 'is a Kubernetes manifest, not an image', 'Play it: manager.playKube({ file }).');
}

/**
 * What some content is, by its content: for a file that is open, or a Blob, which is no folder and has no name.
 * @throws FairleadError `INVALID_IMAGE` saying what it is instead; `CORRUPT_IMAGE` with the place
 */
export async function detectContent(input: FileHandle | Blob, options: Call = {}): Promise<DetectedFile> {
  using limit = deadline(options, 'detect');
  await using source = await openSource(input, { signal: limit.signal });
  return await detectFile(source);
}

async function detect(path: string, signal: AbortSignal): Promise<DetectedInput> {
  signal.throwIfAborted();
  const stats = await look(path);
  if (stats.isDirectory()) {
    return { kind: 'image', image: { format: await detectFolder(path, signal), path }, compression: 'none' };
  }
  if (!stats.isFile()) throw invalidImage(path, `is ${special(stats)}, not an image`);
  await using source = await openSource(path, { signal });
  const detected = await detectFile(source);
  if (detected.kind === 'manifest') return { kind: 'manifest', path };
  const { format, compression } = detected;
  return { kind: 'image', image: { format, path }, compression };
}

async function look(path: string): Promise<Stats> {
  if (path.includes('\0')) throw invalidImage(path, 'is no path: it holds a NUL');
  try {
    return await stat(path);
  } catch (cause) {
    const target = await danglingTarget(path);
    throw systemError(path, cause, target === undefined ? path : `${path} -> ${target}`);
  }
}

/** Where a symbolic link leads that leads nowhere. */
async function danglingTarget(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path);
    return stats.isSymbolicLink() ? await readlink(path) : undefined;
  } catch {
    // Then it is not the link that is missing.
    return undefined;
  }
}

function special(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
