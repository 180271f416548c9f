import { generateKeyPairSync } from 'node:crypto';
import { appendFile, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileImageRef, ImageMounter, MountableImage } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonObject, makeSif, partition } from '../__fixtures__/sif.ts';
import { signedSif } from '../__fixtures__/signed-sif.ts';
import { packedImage } from '../__fixtures__/squashfs.ts';
import type { SifOptions } from '../convert/sif-image.ts';
import { createSifMounter } from './sif-mounter.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-mounter-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const ociConfig = {
  Env: ['A=1'],
  Entrypoint: ['/app'],
  Cmd: ['x'],
  User: 'me',
  WorkingDir: '/absent',
  Volumes: { '/data': {} },
  StopSignal: 'SIGUSR1',
};
const sif = (): Buffer => makeSif([jsonObject('oci-config.json', ociConfig), partition(packedImage('gzip'))]);

const image = (): FileImageRef => ({ format: 'sif', path: join(folder, 'image') });

function mounter(options: SifOptions = { mode: 'oci' }): ImageMounter {
  const made = createSifMounter(options);
  if (made === undefined) throw new Error('these options mount nothing');
  return made;
}

async function describeFile(
  bytes: Uint8Array,
  options?: SifOptions,
  format: 'sif' | 'squashfs' = 'sif',
): Promise<MountableImage> {
  const path = join(folder, 'image');
  await writeFile(path, bytes);
  return mounter(options).describe({ format, path }, {});
}

describe('createSifMounter', () => {
  it('tells where the file system lies, and how the converted image would run (V13)', async () => {
    const bytes = sif();
    const { offset, config } = await describeFile(bytes);
    expect(bytes.toString('latin1', offset, offset + 4)).toBe('hsqs');
    expect(config).toMatchObject({
      entrypoint: ['/app'],
      command: ['x'],
      env: { A: '1' },
      user: 'me',
      workdir: '/absent',
      stopSignal: 'SIGUSR1',
      architecture: 'amd64',
    });
  });

  it('has a folder to start in that the image lacks made as a volume', async () => {
    expect((await describeFile(sif())).config.volumes).toEqual(['/data', '/absent']);
  });

  it('follows links once, and knows the very file and its state', async () => {
    await describeFile(sif());
    await symlink(join(folder, 'image'), join(folder, 'link'));
    const { file } = await mounter().describe({ format: 'sif', path: join(folder, 'link') }, {});
    const { ino, size, ctimeNs } = await stat(join(folder, 'image'), { bigint: true });
    expect(file).toMatchObject({ path: join(folder, 'image'), inode: ino, size, changedNs: ctimeNs });
  });

  it('takes a bare squashfs, which says nothing of an architecture', async () => {
    const { offset, config } = await describeFile(packedImage('gzip'), {}, 'squashfs');
    expect([offset, config.architecture]).toEqual([0, undefined]);
  });

  it('refuses what a conversion refuses: no shell, an overlay, content that is not whole', async () => {
    await expect(describeFile(sif(), { mode: 'apptainer' })).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    const overlaid = makeSif([partition(packedImage('gzip')), partition(Buffer.alloc(512), 2, 4)]);
    await expect(describeFile(overlaid)).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
    const broken = Buffer.from(packedImage('gzip'));
    broken.fill(0xff, 96, 4096);
    const damaged = makeSif([jsonObject('oci-config.json', ociConfig), partition(broken)]);
    await expect(describeFile(damaged)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('checks all metadata against the limits of the caller, and the signatures that were asked for', async () => {
    const described = await describeFile(sif());
    await expect(mounter().check(image(), described, {})).resolves.toBeUndefined();
    await expect(mounter({ mode: 'oci', maxBytes: 1 }).check(image(), described, {})).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
    const verifying = mounter({ mode: 'oci', verify: { keys: [generateKeyPairSync('ed25519').publicKey] } });
    await expect(verifying.check(image(), described, {})).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('checks the very file that was described, and refuses one that lies in its place (V8)', async () => {
    const key = generateKeyPairSync('ed25519');
    const parts = [jsonObject('oci-config.json', ociConfig), partition(packedImage('gzip'))];
    const verifying = mounter({ mode: 'oci', verify: { keys: [key.publicKey] } });
    await writeFile(join(folder, 'signed'), signedSif(parts, { key: key.privateKey }));
    await describeFile(sif());
    await rename(join(folder, 'image'), join(folder, 'other'));
    await symlink('other', join(folder, 'image'));
    const described = await verifying.describe(image(), {});
    // The path leads to a signed file while it is checked, and would lead back when it is mounted.
    await rename(join(folder, 'other'), join(folder, 'aside'));
    await rename(join(folder, 'signed'), join(folder, 'other'));
    await expect(verifying.check(image(), await verifying.describe(image(), {}), {})).resolves.toBeUndefined();
    await expect(verifying.check(image(), described, {})).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      details: { changed: true },
    });
  });

  it('mounts nothing where a conversion is to leave something out, because a mount would show it', () => {
    expect(createSifMounter({ lossy: true })).toBeUndefined();
    expect(createSifMounter({ devices: 'leave-out' })).toBeUndefined();
    expect(createSifMounter({ devices: 'refuse' })).toBeDefined();
  });

  it('says whose word counts as the converter does, and takes no name of a member', async () => {
    await describeFile(sif());
    await expect(mounter().explain(image(), {})).resolves.toMatch(/^mode oci: .*evidence B/);
    await expect(mounter().describe({ ...image(), member: 'x' }, {})).rejects.toMatchObject({
      code: 'CONVERSION_FAILED',
    });
    await appendFile(image().path, 'x');
    await expect(mounter().describe({ ...image(), path: join(folder, 'none') }, {})).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
  });
});
