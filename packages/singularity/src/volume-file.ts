import { constants } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import { backendName, isSystemError } from './errors.ts';

/** A way of more links than this ends nowhere, and one of more folders is none that somebody made to be read. */
const maxLinks = 40;
const maxFolders = 256;

/**
 * The bytes of one regular file in a folder that containers write to. Goes down one name at a time by descriptors and
 * has the kernel follow no link: what is checked is what is read, whoever exchanges a folder for a link meanwhile. Where
 * a link stands, the names that it holds are gone on with, and never above the folder.
 * @throws FairleadError `INVALID_SPEC` when it is absent, no regular file, outside by a link, or larger than `maxBytes`
 */
export async function readVolumeFile(folder: string, path: string, maxBytes: number): Promise<Uint8Array> {
  const names = namesOf(path);
  if (names.length === 0 || names.includes('..')) throw unreadable(path, 'names no file in the volume');
  const way = [await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)];
  try {
    return await readWhole(await goDown(way, names, path), path, maxBytes);
  } finally {
    await Promise.all(way.map((handle) => handle.close()));
  }
}

function namesOf(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** Opens what the names lead to. @param way what is open, from the volume's folder down; stays the caller's to close */
async function goDown(way: FileHandle[], names: readonly string[], path: string): Promise<FileHandle> {
  const ahead = names.toReversed();
  let links = 0;
  for (;;) {
    const [at, name] = [way.at(-1), ahead.pop()];
    if (at === undefined || way.length > maxFolders) throw unreadable(path, 'lies too deep, or outside the volume');
    if (name === undefined) return at;
    // Only a link says so. Up is where this came from, not where the folder may lie by now.
    if (name === '..') {
      if (way.length === 1) throw outside(path);
      await way.pop()?.close();
      continue;
    }
    const next = await openBelow(at, name, ahead.length > 0, path);
    if (typeof next !== 'string') {
      way.push(next);
      continue;
    }
    links += 1;
    if (links > maxLinks) throw unreadable(path, `lies behind more than ${maxLinks} links`);
    // What an absolute link means depends on where a container has mounted the volume.
    if (next.startsWith('/')) throw outside(path);
    ahead.push(...namesOf(next).toReversed());
  }
}

/** What openat(2) with O_NOFOLLOW would give, or what a link says. O_NONBLOCK: a fifo must not keep the caller waiting. */
async function openBelow(
  parent: FileHandle,
  name: string,
  folder: boolean,
  path: string,
): Promise<FileHandle | string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | (folder ? constants.O_DIRECTORY : 0);
  const place = join('/proc/self/fd', String(parent.fd), name);
  try {
    return await open(place, flags);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    // A link that is to be a folder is told as none.
    const link = error.code === 'ELOOP' || error.code === 'ENOTDIR' ? await readlink(place).catch(() => '') : '';
    if (link !== '') return link;
    throw toVolumeError(error, path);
  }
}

async function readWhole(file: FileHandle, path: string, maxBytes: number): Promise<Uint8Array> {
  const { size, isRegular } = await file.stat().then((stat) => ({ size: stat.size, isRegular: stat.isFile() }));
  if (!isRegular) throw unreadable(path, 'is no regular file');
  if (size > maxBytes) throw unreadable(path, `has ${size} bytes, more than ${maxBytes}`);
  // One byte more than allowed shows a file that grew.
  const buffer = Buffer.alloc(Math.min(size, maxBytes) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) break;
  }
  return buffer.subarray(0, Math.min(length, size));
}

function toVolumeError(error: NodeJS.ErrnoException & { readonly code: string }, path: string): FairleadError {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return unreadable(path, 'is not there', error);
  if (error.code === 'ELOOP') return unreadable(path, 'was a link, and is none any more', error);
  if (error.code === 'ENXIO') return unreadable(path, 'is no regular file', error);
  const denied = error.code === 'EACCES';
  return new FairleadError({
    code: denied ? 'ACCESS_DENIED' : 'ENGINE_FAILURE',
    backend: backendName,
    operation: 'readFile',
    message: `${JSON.stringify(path)} cannot be read: ${error.message}`,
    hint: denied ? 'Let the container leave the file and its folders readable for its owner.' : undefined,
    details: { path },
    cause: error,
  });
}

function outside(path: string): FairleadError {
  return unreadable(path, 'lies outside the volume: a link leads there');
}

function unreadable(path: string, why: string, cause?: unknown): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    backend: backendName,
    operation: 'readFile',
    message: `${JSON.stringify(path)} ${why}`,
    details: { path },
    cause,
  });
}
