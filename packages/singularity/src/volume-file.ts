import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/core';
import { backendName, isSystemError } from './errors.ts';

/**
 * The bytes of one regular file in a folder that containers write to. Goes down one name at a time by descriptors and
 * follows no link: what is checked is what is read, whoever exchanges a folder for a link meanwhile.
 * @throws FairleadError `INVALID_SPEC` when it is absent, no regular file, behind a link, or larger than `maxBytes`
 */
export async function readVolumeFile(folder: string, path: string, maxBytes: number): Promise<Uint8Array> {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.length === 0 || names.includes('..')) throw unreadable(path, 'names no file in the volume');
  let at = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const [index, name] of names.entries()) {
      const next = await openBelow(at, name, index < names.length - 1, path);
      await at.close();
      at = next;
    }
    return await readWhole(at, path, maxBytes);
  } finally {
    await at.close();
  }
}

/** What openat(2) with O_NOFOLLOW would give. O_NONBLOCK: a fifo must not keep the caller waiting. */
async function openBelow(parent: FileHandle, name: string, folder: boolean, path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | (folder ? constants.O_DIRECTORY : 0);
  try {
    return await open(join('/proc/self/fd', String(parent.fd), name), flags);
  } catch (error) {
    throw isSystemError(error) ? toVolumeError(error, path) : error;
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
  if (error.code === 'ELOOP') return unreadable(path, 'is a link, or lies behind one', error);
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    return unreadable(path, 'is not there, or lies behind a link', error);
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
