import { generateKeyPairSync } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileImageFormat, FileImageRef, ImageKnowledge, VerifiedImage } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonObject, makeSif, partition } from '../__fixtures__/sif.ts';
import { signedSif } from '../__fixtures__/signed-sif.ts';
import { packedImage } from '../__fixtures__/squashfs.ts';
import { createImageKnowledge } from '../image-knowledge.ts';

let folder = '';
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'fairlead-verify-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const keys = [publicKey.export({ type: 'spki', format: 'pem' }).toString()];
const parts = [jsonObject('oci-config.json', { Entrypoint: ['/app'] }), partition(packedImage('gzip'))];
const signed = signedSif(parts, { key: privateKey });

const knowledge: ImageKnowledge = createImageKnowledge({ sif: { verify: { keys } } });
const verify = async (image: FileImageRef): Promise<VerifiedImage | undefined> => knowledge.verify?.(image, {});

async function file(bytes: Uint8Array, format: FileImageFormat = 'sif'): Promise<FileImageRef> {
  const path = join(folder, 'image');
  await writeFile(path, bytes);
  return { format, path };
}

describe('knowledge of images with keys to verify', () => {
  it('verifies a SIF before an engine may open it, and tells where it lies with no link on the way', async () => {
    const image = await file(signed);
    await symlink('image', join(folder, 'link'));
    const verified = await verify({ ...image, path: join(folder, 'link') });
    expect(verified?.image).toEqual(image);
    await expect(verified?.checkUnchanged()).resolves.toBeUndefined();
  });

  it.each<[FileImageFormat, string, Uint8Array]>([
    ['sif', 'is not signed', makeSif(parts)],
    ['sif', 'only a SIF holds signatures', packedImage('gzip')],
    ['squashfs', 'only a SIF holds signatures', packedImage('gzip')],
    ['ext3', 'only a SIF holds signatures', Buffer.alloc(4096)],
    ['oci-sif', 'is not signed', makeSif(parts)],
  ])('refuses a %s that %s, whoever is to run it (V8)', async (format, why, bytes) => {
    await expect(verify(await file(bytes, format))).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      message: expect.stringContaining(why),
    });
  });

  it('refuses a sandbox, which is a folder, and what is not there', async () => {
    await mkdir(join(folder, 'box'));
    await expect(verify({ format: 'sandbox', path: join(folder, 'box') })).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
    await expect(verify({ format: 'sif', path: join(folder, 'none') })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
  });

  it('sees that the file was written to, replaced or removed since', async () => {
    const image = await file(signed);
    const first = await verify(image);
    await appendFile(image.path, 'x');
    await expect(first?.checkUnchanged()).rejects.toMatchObject({ code: 'CORRUPT_IMAGE', details: { changed: true } });
    await writeFile(image.path, signed);
    const second = await verify(image);
    await writeFile(join(folder, 'other'), signed);
    await rename(join(folder, 'other'), image.path);
    await expect(second?.checkUnchanged()).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    const third = await verify(image);
    await rm(image.path);
    await expect(third?.checkUnchanged()).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  it('leaves to its converters what they verify as they open it, with the same error', async () => {
    const verifying = knowledge.converters.filter(({ verifies }) => verifies === true);
    expect(verifying.flatMap(({ from }) => from)).toEqual(['sif', 'squashfs', 'oci-sif']);
    const image = await file(makeSif(parts));
    const [hook, opening] = [verify(image), verifying[0]?.open(image, {}) ?? verify(image)];
    const errors = await Promise.all([hook, opening].map((each) => each.then(String, String)));
    expect(errors[0]).toContain('is not signed');
    expect(errors[1]).toBe(errors[0]);
  });

  it.each<FileImageFormat>(['oci-layout', 'oci-archive', 'docker-archive'])(
    'refuses a %s, which may lie in the place of a signed SIF, unless such are to run unsigned (V8)',
    async (format) => {
      const image: FileImageRef = { format, path: folder };
      await expect(verify(image)).rejects.toMatchObject({
        code: 'POLICY_DENIED',
        message: expect.stringContaining(format),
        hint: expect.stringContaining("otherFormats: 'run'"),
      });
      const lenient = createImageKnowledge({ sif: { verify: { keys, otherFormats: 'run' } } });
      await expect(lenient.verify?.(image, {})).resolves.toBeUndefined();
      await expect(lenient.verify?.(await file(makeSif(parts)), {})).rejects.toMatchObject({ code: 'POLICY_DENIED' });
      await expect(lenient.verify?.(await file(packedImage('gzip'), 'squashfs'), {})).rejects.toMatchObject({
        code: 'POLICY_DENIED',
      });
    },
  );

  it('says nothing at all without keys', () => {
    expect(createImageKnowledge().verify).toBeUndefined();
  });
});
