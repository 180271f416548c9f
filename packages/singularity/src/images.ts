import { constants } from 'node:fs';
import { access, open, realpath, stat } from 'node:fs/promises';
import { FairleadError, type EnsuredImage, type ErrorCode, type ImageRef } from '@fairlead/core';
import type { BackendImages } from '@fairlead/core/backend';
import { backendName, isSystemError } from './errors.ts';
import { goArchitecture } from './go-architecture.ts';

/** The images that the engine runs as they lie on disk. */
export const imageFormats = ['sif', 'squashfs', 'sandbox'] as const;

/** Nothing is loaded: an image is ready when it can be read. */
export function openImages(): BackendImages {
  return { ensure: (image) => ensureImage(image) };
}

async function ensureImage(image: ImageRef): Promise<EnsuredImage> {
  if (image.format === 'registry')
    throw refused('UNSUPPORTED', image.name, 'is in a registry; this backend runs files');
  // Links are followed once: the image that was looked at is the one that runs.
  const path = await realpath(image.path).catch((error: unknown) => {
    throw toImageError(error, image.path);
  });
  const found = await stat(path);
  if (image.format === 'sandbox' ? !found.isDirectory() : !found.isFile()) {
    throw refused('INVALID_IMAGE', path, image.format === 'sandbox' ? 'is no folder' : 'is no file');
  }
  await access(path, found.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK).catch((error: unknown) => {
    throw toImageError(error, path);
  });
  if (image.format === 'sif') await checkSif(path, found.size);
  return { id: path };
}

/** Architecture codes of SIF v1, in order from `01`; they equal GOARCH words. */
const architectures = '386 amd64 arm arm64 ppc64 ppc64le mips mipsle mips64 mips64le s390x riscv64 loong64'.split(' ');

/** The global header of SIF v1: 128 bytes, little-endian (sif, `pkg/sif`). */
async function checkSif(path: string, size: number): Promise<void> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0);
  if (bytesRead < 128 || buffer.toString('latin1', 32, 41) !== 'SIF_MAGIC') {
    throw refused('CORRUPT_IMAGE', path, 'has no header of a SIF');
  }
  const end = buffer.readBigInt64LE(112) + buffer.readBigInt64LE(120);
  if (end > BigInt(size)) {
    throw refused('CORRUPT_IMAGE', path, `is cut off: it has ${size} bytes of ${end}`, 'Fetch or build it again.');
  }
  const architecture = architectures[Number(buffer.toString('latin1', 45, 47)) - 1];
  if (architecture !== undefined && architecture !== goArchitecture()) {
    const hint = `Build it for ${goArchitecture()}.`;
    throw refused('PLATFORM_MISMATCH', path, `is for ${architecture}, this host is ${goArchitecture()}`, hint);
  }
}

function toImageError(error: unknown, path: string): unknown {
  if (!isSystemError(error)) return error;
  if (error.code === 'EACCES') return refused('ACCESS_DENIED', path, 'cannot be read by this user', 'Change its mode.');
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return refused('IMAGE_NOT_FOUND', path, 'does not exist');
  return refused('INVALID_IMAGE', path, `cannot be looked at: ${error.message}`);
}

function refused(code: ErrorCode, path: string, why: string, hint?: string): FairleadError {
  return new FairleadError({
    code,
    backend: backendName,
    operation: 'images.ensure',
    message: `the image ${JSON.stringify(path)} ${why}`,
    hint,
    details: { path },
  });
}
