import { execFileSync } from 'node:child_process';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, smallImage } from '../__fixtures__/images.ts';
import { jsonObject, makeSif, makeSquashfs, partition } from '../__fixtures__/sif.ts';
import { tarOf } from '../tar/write-tar.ts';
import { imageArchive } from '../writer/image-archive.ts';
import { detectImage, detectInput } from './detect-input.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-detect-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function file(content: Uint8Array | string, name = 'image'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const archive = (form: 'oci-archive' | 'docker-archive' | 'both'): Promise<Buffer> =>
  collect(imageArchive([{ image: smallImage('x'), names: ['x:1'] }], { form }));

function makeExt3(change: (bytes: Buffer) => void = () => undefined): Buffer {
  const bytes = Buffer.alloc(65_536);
  bytes.writeUInt32LE(64, 1024 + 4);
  bytes.writeUInt16LE(0xef53, 1024 + 56);
  bytes.writeUInt32LE(0x3c, 1024 + 92);
  bytes.writeUInt32LE(0x2, 1024 + 96);
  change(bytes);
  return bytes;
}

const launchLine = Buffer.from('#!/usr/bin/env run-singularity\n');
const sif = makeSif([partition(makeSquashfs())]);
const ociSif = makeSif([{ dataType: 0x400a, content: Buffer.from('{}') }]);

const formats: readonly (readonly [string, string, () => Promise<Uint8Array> | Uint8Array])[] = [
  ['SIF', 'sif', () => sif],
  ['OCI-SIF', 'oci-sif', () => ociSif],
  ['squashfs', 'squashfs', () => makeSquashfs()],
  ['squashfs behind a launch line', 'squashfs', () => Buffer.concat([launchLine, makeSquashfs()])],
  ['ext3', 'ext3', () => makeExt3()],
  ['ext3 behind a launch line', 'ext3', () => Buffer.concat([launchLine, makeExt3()])],
  ['OCI archive', 'oci-archive', () => archive('oci-archive')],
  ['docker-archive', 'docker-archive', () => archive('docker-archive')],
  ['archive that is both', 'oci-archive', () => archive('both')],
];

describe('detectInput', () => {
  it.each(formats)('recognises a %s under any name (V2)', async (_, format, content) => {
    const path = await file(await content());
    for (const name of ['model.bin', 'noextension', 'wrong.sif', 'wrong.tar', 'pod.yaml', '-x', 'é,a=b:c']) {
      const renamed = join(folder, name);
      await rename(path, renamed);
      expect(await detectInput(renamed)).toEqual({
        kind: 'image',
        image: { format, path: renamed },
        compression: 'none',
      });
      await rename(renamed, path);
    }
  });

  it('recognises compressed archives and says how they are compressed', async () => {
    for (const form of ['oci-archive', 'docker-archive'] as const) {
      const plain = await archive(form);
      const gzip = await detectInput(await file(gzipSync(plain)));
      expect(gzip).toMatchObject({ kind: 'image', image: { format: form }, compression: 'gzip' });
      const zstd = await detectInput(await file(zstdCompressSync(plain)));
      expect(zstd).toMatchObject({ kind: 'image', image: { format: form }, compression: 'zstd' });
    }
  });

  const manifests: readonly string[] = [
    'apiVersion: v1\nkind: Pod\nmetadata: {}\n',
    '# a comment\n---\nkind: Pod\napiVersion: v1\n',
    '\uFEFFapiVersion: v1\r\nkind: Pod\r\n',
    '{"kind": "Pod", "apiVersion": "v1"}',
    `{"apiVersion": "v1", "kind": "Pod", "x": "${'y'.repeat(100_000)}"}`,
    '[{"kind": "Pod", "apiVersion": "v1"}]',
  ];
  it.each(manifests)(
    'tells the manifest %.40j for select, and refuses it as an image with playKube as remedy',
    async (text) => {
      const path = await file(text, 'model.sif');
      expect(await detectInput(path)).toEqual({ kind: 'manifest', path });
      const detecting = detectImage(path);
      await expect(detecting).rejects.toMatchObject({ code: 'INVALID_IMAGE', hint: expect.stringMatching(/playKube/) });
    },
  );

  const strange: readonly (readonly [string, Uint8Array | string, RegExp])[] = [
    ['nothing', '', /an empty file/],
    ['text', 'patient,age\nA,47\n', /is plain text/],
    ['kind alone', 'kind: Pod\n', /is plain text/],
    ['a script', '#!/bin/sh\n', /a script/],
    ['a Dockerfile', '# syntax\n\nARG X=1\nFROM busybox\n', /Dockerfile[\s\S]*Build/],
    ['a definition file', 'Bootstrap: docker\nFrom: x\n', /definition file of Apptainer/],
    ['a Compose file', 'services:\n  x: {}\n', /Compose file/],
    ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid x\n', /git lfs pull/],
    ['a web page', '<!DOCTYPE html><html></html>', /a web page/],
    ['a program', '\u007fELF\u0002\u0001', /ELF/],
    ['a ZIP archive', 'PK\u0003\u0004xxxx', /ZIP/],
    ['xz', Buffer.from('fd377a585a0000', 'hex'), /xz[\s\S]*xz -d/],
    ['gzip without a tar', gzipSync('x'), /gzip[\s\S]*no tar archive/],
    ['binary data', Buffer.from([0, 1, 2, 3, 0xff]), /binary data/],
    ['a tar of a root', tarOf([{ type: 'file', name: 'etc/passwd', content: '' }]), /without an image/],
    [
      'a tar with manifest.json below',
      tarOf([{ type: 'file', name: 'a/manifest.json', content: '[]' }]),
      /without an image/,
    ],
    [
      'an archive with half a layout',
      tarOf([{ type: 'file', name: 'index.json', content: '{}' }]),
      /oci-layout or index\.json is missing/,
    ],
    ['a very old docker-archive', tarOf([{ type: 'file', name: 'repositories', content: '{}' }]), /very old version/],
    ['ext4', makeExt3((bytes) => bytes.writeUInt32LE(0x42, 1024 + 96)), /ext4/],
    ['ext2', makeExt3((bytes) => bytes.writeUInt32LE(0, 1024 + 92)), /ext2/],
    ['a SIF without a root', makeSif([jsonObject('x', {})]), /without a root file system/],
  ];
  it.each(strange)('refuses %s and names what it is', async (_, content, message) => {
    const path = await file(content, 'model.sif');
    await expect(detectInput(path)).rejects.toMatchObject({
      code: 'INVALID_IMAGE',
      message: expect.stringMatching(message),
      details: { path },
    });
  });

  it('never quotes what a file holds', async () => {
    const detecting = detectInput(await file('patient,age\nAda,47\n'));
    await expect(detecting).rejects.toMatchObject({ message: expect.not.stringMatching(/patient|Ada/) });
  });

  const broken: readonly (readonly [string, Uint8Array])[] = [
    ['SIF cut in the launch line', sif.subarray(0, 25)],
    ['SIF cut before the magic', sif.subarray(0, 36)],
    ['SIF cut in the header', sif.subarray(0, 100)],
    ['SIF cut in the table', sif.subarray(0, 6000)],
    ['SIF cut in the last object', sif.subarray(0, sif.length - 1)],
    ['SIF of zeros behind the launch line', Buffer.concat([launchLine, Buffer.alloc(5000)])],
    ['squashfs cut in the superblock', makeSquashfs().subarray(0, 50)],
    ['squashfs cut at the end', makeSquashfs().subarray(0, 4095)],
    ['ext3 cut at the end', makeExt3().subarray(0, 60_000)],
  ];
  it.each(broken)('says where a %s is truncated', async (_, content) => {
    const detecting = detectInput(await file(content, 'model.sif'));
    await expect(detecting).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      message: expect.stringMatching(/truncated/),
      details: { where: expect.stringMatching(/byte \d+/) },
    });
  });

  it('says where archives are cut, compressed or not', async () => {
    const whole = await archive('docker-archive');
    const cut = whole.subarray(0, whole.length - 3000);
    for (const content of [cut, gzipSync(cut), gzipSync(whole).subarray(0, 400)]) {
      const detecting = detectInput(await file(content));
      await expect(detecting).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    }
  });

  it('names a path that is missing, and where a broken link leads', async () => {
    const path = join(folder, 'none');
    await expect(detectInput(path)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', details: { path } });
    await symlink('/nowhere/at/all', path);
    const dangling = {
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringMatching(/\/nowhere\/at\/all/),
      details: { path },
    };
    await expect(detectInput(path)).rejects.toMatchObject(dangling);
    await expect(detectInput('/a\0b')).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
    await expect(detectInput(`/${'x'.repeat(5000)}`)).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });

  it('refuses links in a circle, named pipes, sockets and devices without waiting for them', async () => {
    await symlink('loop', join(folder, 'loop'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const server = createServer().listen(join(folder, 'socket'));
    try {
      for (const path of [join(folder, 'loop'), join(folder, 'pipe'), join(folder, 'socket'), '/dev/null']) {
        await expect(detectInput(path)).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
      }
    } finally {
      server.close();
    }
  });

  it('rejects with the reason of its signal, and with TIMEOUT when it takes too long', async () => {
    const path = await file(gzipSync(tarOf([{ type: 'file', name: 'x', content: new Uint8Array(50_000_000) }])));
    const reason = new Error('enough');
    await expect(detectInput(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(detectInput(path, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'TIMEOUT', operation: 'detect' });
  });
});
