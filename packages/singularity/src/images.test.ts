import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FairleadError, type FileImageFormat } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { goArchitecture } from './go-architecture.ts';
import { openImages } from './images.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-images-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const call = { signal: new AbortController().signal, onProgress: () => {} };
const ensure = (format: FileImageFormat, path: string) => openImages().ensure({ format, path }, call);

const pick = (error: unknown) => (FairleadError.is(error) ? { code: error.code } : undefined);

/** A SIF's global header, and data behind it. */
function sif(options: { readonly architecture?: string; readonly missing?: number } = {}): Buffer {
  const bytes = Buffer.alloc(128 + 1000 - (options.missing ?? 0));
  bytes.write('#!/usr/bin/env run-singularity\n', 0);
  bytes.write('SIF_MAGIC\0', 32, 'latin1');
  bytes.write('01\0', 42, 'latin1');
  bytes.write(`${options.architecture ?? '00'}\0`, 45, 'latin1');
  bytes.writeBigInt64LE(128n, 112);
  bytes.writeBigInt64LE(1000n, 120);
  return bytes;
}

describe('ensure', () => {
  it('gives the file itself, links followed', async () => {
    const path = join(folder, 'model.bin');
    await writeFile(path, sif());
    await symlink('model.bin', join(folder, 'link'));
    expect(await ensure('sif', join(folder, 'link'))).toEqual({ id: path });
  });

  it('takes a folder for a sandbox and a file for a squashfs', async () => {
    await mkdir(join(folder, 'box'));
    await writeFile(join(folder, 's.sqfs'), 'hsqs');
    expect(await ensure('sandbox', join(folder, 'box'))).toEqual({ id: join(folder, 'box') });
    expect(await ensure('squashfs', join(folder, 's.sqfs'))).toEqual({ id: join(folder, 's.sqfs') });
    await expect(ensure('sandbox', join(folder, 's.sqfs'))).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
    await expect(ensure('squashfs', join(folder, 'box'))).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });

  it('knows what is missing from what is broken', async () => {
    await writeFile(join(folder, 'short'), sif({ missing: 1 }));
    await writeFile(join(folder, 'text'), 'hello');
    await expect(ensure('sif', join(folder, 'absent'))).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    await expect(ensure('sif', join(folder, 'text', 'x'))).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    await expect(ensure('sif', join(folder, 'text'))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await expect(ensure('sif', join(folder, 'short'))).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      message: expect.stringContaining('1127 bytes of 1128'),
    });
  });

  it('refuses an image of another architecture before any start', async () => {
    const [code, word] = goArchitecture() === 'arm64' ? ['02', 'amd64'] : ['04', 'arm64'];
    await writeFile(join(folder, 'other'), sif({ architecture: code }));
    await expect(ensure('sif', join(folder, 'other'))).rejects.toMatchObject({
      code: 'PLATFORM_MISMATCH',
      message: expect.stringContaining(`for ${word}`),
    });
  });

  it('says what cannot be read', async () => {
    await writeFile(join(folder, 'closed'), sif());
    await chmod(join(folder, 'closed'), 0);
    const outcome = ensure('sif', join(folder, 'closed')).then(
      () => undefined,
      (error: unknown) => error,
    );
    // Root reads everything.
    const expected = process.getuid?.() === 0 ? undefined : { code: 'ACCESS_DENIED' };
    expect(pick(await outcome)).toEqual(expected);
  });

  it('runs no registry image', async () => {
    const outcome = openImages().ensure({ format: 'registry', name: 'docker.io/library/busybox:1' }, call);
    await expect(outcome).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
