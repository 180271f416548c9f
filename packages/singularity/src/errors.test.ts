import { describe, expect, it } from 'vitest';
import { explainFatal, fatalLine, isOnlyFatal, toStorageError } from './errors.ts';

/** Lines of Apptainer 1.4.5, as an ordinary user and as root. */
const measured = [
  ['"nosuch": executable file not found in $PATH', 'START_FAILED'],
  ['stat /nonexistent: no such file or directory', 'START_FAILED'],
  ['permission denied', 'START_FAILED'],
  ['failed to set working directory: chdir /nope: no such file or directory', 'START_FAILED'],
  [
    "container creation failed: mount hook function failure: mount /nope->/x error: while mounting /nope: mount source /nope doesn't exist",
    'MOUNT_SOURCE_MISSING',
  ],
  [
    'While checking container encryption: could not open image /nope.sif: failed to retrieve path for /nope.sif: lstat /nope.sif: no such file or directory',
    'IMAGE_NOT_FOUND',
  ],
  ['While checking container encryption: could not open image /x.sif: image format not recognized', 'CORRUPT_IMAGE'],
  [
    'container creation failed: image driver mount failure: image driver squashfuse_ll instance exited with error: squashfuse_ll exited: Something went wrong trying to read the squashfs image.',
    'CORRUPT_IMAGE',
  ],
  [
    "container creation failed: mount hook function failure: mount /proc/self/fd/3->/var/lib/apptainer/mnt/session/rootfs error: while mounting image /proc/self/fd/3: kernel reported a bad superblock for squashfs image partition, possible causes are that your kernel doesn't support the compression algorithm or the image is corrupted",
    'CORRUPT_IMAGE',
  ],
] as const;

describe('explainFatal', () => {
  it.each(measured)('knows %j', (line, code) => {
    expect(explainFatal(line)).toMatchObject({ code, reason: line });
  });
});

describe('fatalLine', () => {
  it('finds the engine among what others wrote (C166)', () => {
    expect(fatalLine('INFO:    x\nFATAL:   broken: \ttab\nmore\n')).toBe('broken: \ttab');
    expect(fatalLine('fatal: my own words\n')).toBeUndefined();
  });
});

describe('isOnlyFatal', () => {
  it('is true only where nobody else wrote (S8)', () => {
    expect(isOnlyFatal('FATAL:   "x": executable file not found in $PATH\n')).toBe(true);
    expect(isOnlyFatal('before\nFATAL:   x\n')).toBe(false);
    expect(isOnlyFatal('FATAL:   x\nafter\n')).toBe(false);
    expect(isOnlyFatal('')).toBe(false);
  });
});

describe('toStorageError', () => {
  it('says where there is no room, and leaves other errors alone', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
      path: '/s/record',
    });
    expect(toStorageError(full, 'create')).toMatchObject({
      code: 'ENGINE_FAILURE',
      hint: expect.stringContaining('Make room'),
    });
    const other = new Error('no');
    expect(toStorageError(other, 'create')).toBe(other);
  });
});
