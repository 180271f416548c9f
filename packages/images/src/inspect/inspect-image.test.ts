import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallImage } from '../__fixtures__/images.ts';
import { config, lower, ociSif } from '../__fixtures__/oci-sif.ts';
import { jsonObject, makeSif, makeSquashfs, partition, type MadeObject } from '../__fixtures__/sif.ts';
import { signatureBytes, signedSif } from '../__fixtures__/signed-sif.ts';
import { packedImage } from '../__fixtures__/squashfs.ts';
import { detectContent } from '../detect/detect-input.ts';
import { writeImageArchive, writeOciLayout } from '../writer/write-image.ts';
import { inspectImage } from './inspect-image.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-inspect-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const blob = (bytes: Uint8Array): Blob => new Blob([Uint8Array.from(bytes)]);
const amd64 = { architecture: 'amd64' };

/** The descriptor's last part with two numbers in it. */
function extra(first: number, second = 0, rest = ''): Buffer {
  const bytes = Buffer.alloc(384);
  bytes.writeInt32LE(first, 0);
  bytes.writeInt32LE(second, 4);
  bytes.write(rest, 8);
  return bytes;
}

const content = Buffer.from('{}');

describe('inspectImage of a SIF', () => {
  it('tells every type of object, and what only that type has', async () => {
    const objects: readonly (readonly [MadeObject, object])[] = [
      [{ dataType: 0x4001, content }, { type: 'definition-file' }],
      [{ dataType: 0x4002, content }, { type: 'environment' }],
      [{ dataType: 0x4003, content }, { type: 'labels' }],
      [partition(makeSquashfs(), 2, 3), { type: 'partition', fileSystem: 'ext3', role: 'data', architecture: 'amd64' }],
      [partition(content, 4, 4), { type: 'partition', fileSystem: 'raw', role: 'overlay' }],
      [partition(content, 3, 1), { type: 'partition', fileSystem: 'archive', role: 'system' }],
      [partition(content, 6, 1), { type: 'partition', fileSystem: 'gocryptfs' }],
      [partition(content, 9, 9), { type: 'partition', fileSystem: 'unknown', role: 'unknown' }],
      [
        { dataType: 0x4006, content, name: 'x' },
        { type: 'json', name: 'x' },
      ],
      [{ dataType: 0x4007, content }, { type: 'generic' }],
      [
        { dataType: 0x4008, content, extra: extra(2, 0x200) },
        { type: 'crypto-message', encoding: 'pem', message: 'rsa-oaep' },
      ],
      [
        { dataType: 0x4009, content, extra: extra(4) },
        { type: 'sbom', format: 'spdx-json' },
      ],
      [
        { dataType: 0x400b, content },
        { type: 'oci-blob', digest: undefined },
      ],
      [{ dataType: 0x4fff, content }, { type: 'unknown' }],
      [signatureBytes(content), { type: 'signature', hash: 'sha256', group: undefined, link: { to: 'group', id: 1 } }],
    ];
    const { format, sif } = await inspectImage(blob(makeSif(objects.map(([object]) => object))));
    expect(format).toBe('sif');
    expect(sif?.objects).toMatchObject(objects.map(([, told]) => told));
    expect(sif).toMatchObject({ primary: undefined, definition: '{}', signatures: [{ object: 15, kind: 'unknown' }] });
  });

  it('tells configuration, runscript, file system and which signatures are present', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const objects = [
      jsonObject('oci-config.json', { Entrypoint: ['/app'], Labels: { a: '1' } }),
      partition(packedImage('zstd')),
    ];
    const path = join(folder, 'model.sif');
    await writeFile(path, signedSif(objects, { key: privateKey }));
    const inspection = await inspectImage(path);
    expect(inspection).toMatchObject({
      format: 'sif',
      config: { entrypoint: ['/app'], labels: { a: '1' }, architecture: 'amd64' },
      runscript: undefined,
      sif: { primary: 2, signatures: [{ object: 3, signs: { to: 'group', id: 1 }, kind: 'dsse' }] },
      fileSystem: { compression: 'zstd', blockSize: 4096, inodes: 15 },
    });
    await using file = await open(path);
    expect(await inspectImage(file)).toEqual(inspection);
    expect(await detectContent(file)).toEqual({ kind: 'image', format: 'sif', compression: 'none' });
  });

  it('looks into one that holds no root file system, or one that is encrypted', async () => {
    expect(await inspectImage(blob(makeSif([])))).toMatchObject({
      format: 'sif',
      sif: { objects: [], primary: undefined },
    });
    const encrypted = await inspectImage(blob(makeSif([partition(makeSquashfs(), 5)])));
    expect(encrypted).toMatchObject({ sif: { primary: 1, objects: [{ fileSystem: 'luks2' }] }, fileSystem: undefined });
  });
});

describe('inspectImage of a SIF that cannot run', () => {
  it('tells its objects all the same, and what is wrong', async () => {
    const damaged = await inspectImage(blob(makeSif([partition(Buffer.from('no squashfs'))])));
    expect(damaged).toMatchObject({ format: 'sif', sif: { primary: 1 }, problem: { code: 'CORRUPT_IMAGE' } });
    const arm = { layers: [lower], config, architecture: 'arm64' };
    const several = await inspectImage(blob(ociSif(arm)), amd64);
    expect(several).toMatchObject({ format: 'oci-sif', problem: { code: 'PLATFORM_MISMATCH' }, layers: undefined });
    expect(several.sif?.objects.map(({ type }) => type)).toContain('oci-root-index');
  });

  it('does not take an abort for a problem of the image', async () => {
    const reason = new Error('enough');
    const inspecting = inspectImage(blob(makeSif([])), { signal: AbortSignal.abort(reason) });
    await expect(inspecting).rejects.toBe(reason);
  });
});

describe('inspectImage of others', () => {
  it('tells configuration and layers of an OCI-SIF and of OCI images in each form', async () => {
    const oci = await inspectImage(blob(ociSif({ layers: [lower], config })), amd64);
    expect(oci).toMatchObject({
      format: 'oci-sif',
      config: { entrypoint: ['/bin/app'] },
      layers: [{ mediaType: expect.stringMatching(/squashfs$/) }],
    });
    const image = smallImage('x');
    await writeOciLayout(join(folder, 'layout'), [{ image }]);
    await writeImageArchive(join(folder, 'a.tar'), [{ image }], { form: 'docker-archive' });
    for (const [name, format] of [
      ['layout', 'oci-layout'],
      ['a.tar', 'docker-archive'],
    ] as const) {
      const layers = image.layers.map(({ digest, size }) => ({ diffId: digest.text, bytes: size }));
      expect(await inspectImage(join(folder, name), amd64)).toMatchObject({
        format,
        layers,
        config: { command: ['/bin/app'] },
      });
    }
  });

  it('tells a bare squashfs, a sandbox, and what is no image', async () => {
    expect(await inspectImage(blob(packedImage('gzip')))).toMatchObject({
      format: 'squashfs',
      fileSystem: { compression: 'gzip' },
    });
    await mkdir(join(folder, 'sandbox', '.singularity.d'), { recursive: true });
    expect(await inspectImage(join(folder, 'sandbox'))).toMatchObject({ format: 'sandbox' });
    await expect(inspectImage(join(folder, 'none'))).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    await expect(inspectImage(blob(Buffer.from('text')))).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });
});
