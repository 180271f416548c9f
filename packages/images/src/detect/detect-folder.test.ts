import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallImage } from '../__fixtures__/images.ts';
import { writeOciLayout } from '../writer/write-image.ts';
import { detectImage, detectInput } from './detect-input.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-detect-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('detectInput of a folder', () => {
  it('recognises an OCI layout folder, also through a link and with a slash at the end', async () => {
    const path = join(folder, 'layout');
    await writeOciLayout(path, [{ image: smallImage('x') }]);
    await symlink(path, join(folder, 'link'));
    expect(await detectImage(path)).toEqual({ format: 'oci-layout', path });
    expect(await detectImage(`${path}/`)).toEqual({ format: 'oci-layout', path });
    expect(await detectImage(join(folder, 'link'))).toMatchObject({ format: 'oci-layout' });
  });

  it.each([[['.singularity.d']], [['usr', 'etc']], [['bin/sh', 'data']], [['dev', 'bin']]])(
    'recognises a folder with %j as a sandbox',
    async (names) => {
      for (const name of names) await mkdir(join(folder, 's', name), { recursive: true });
      expect(await detectImage(join(folder, 's'))).toEqual({ format: 'sandbox', path: join(folder, 's') });
    },
  );

  const folders: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an empty folder', [], /an empty folder/],
    ['any folder', ['src', 'bin', 'lib'], /folder without an image/],
    ['half a layout', ['index.json', 'blobs'], /oci-layout is missing/],
    ['the form "dir:"', ['manifest.json', 'version'], /skopeo/],
    ['an unpacked docker-archive', ['manifest.json'], /unpacked docker-archive/],
  ];
  it.each(folders)('refuses %s', async (_, names, message) => {
    await mkdir(join(folder, 'd'));
    for (const name of names) await mkdir(join(folder, 'd', name));
    const detecting = detectInput(join(folder, 'd'));
    await expect(detecting).rejects.toMatchObject({ code: 'INVALID_IMAGE', message: expect.stringMatching(message) });
  });

  it.each(['{"imageLayoutVersion":"2.0.0"}', '{}', 'no JSON'])('refuses a layout that says %s', async (text) => {
    await writeFile(join(folder, 'oci-layout'), text);
    const detecting = detectInput(folder);
    await expect(detecting).rejects.toMatchObject({ code: expect.stringMatching(/INVALID_IMAGE|CORRUPT_IMAGE/) });
  });

  it('does not follow a named pipe inside a layout', async () => {
    execFileSync('mkfifo', [join(folder, 'oci-layout')]);
    await expect(detectInput(folder)).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });
});
