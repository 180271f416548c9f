import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileImageRef, ImageConfig } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layoutMaker, smallImage } from '../__fixtures__/images.ts';
import { jsonObject, makeSif, makeSquashfs, partition, type MadeObject } from '../__fixtures__/sif.ts';
import { parseConfig } from '../oci/parse-config.ts';
import { hostArchitecture } from '../oci/platform.ts';
import { buildImage } from '../writer/build-image.ts';
import { writeImageArchive, writeOciLayout } from '../writer/write-image.ts';
import { describeImage } from './describe-image.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-describe-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const full: ImageConfig = {
  entrypoint: ['/bin/sh', '-c'],
  command: ['a b', "c'd"],
  env: { PATH: '/bin', TRICKY: 'a=b "c" $D `e`\nf' },
  workdir: '/w',
  user: 'app:grp',
  stopSignal: 'SIGUSR1',
  volumes: ['/data', '/more'],
  labels: { 'a.b/c': 'é', ['__proto__']: 'x' },
  architecture: 'arm64',
};

describe('describeImage of layouts and archives', () => {
  it.each(['oci-layout', 'oci-archive', 'docker-archive'] as const)(
    'gives the configuration of an %s',
    async (format) => {
      const path = join(folder, 'image');
      const images = [{ image: buildImage({ layers: [[]], config: full }), names: ['x:1'] }];
      if (format === 'oci-layout') await writeOciLayout(path, images);
      else await writeImageArchive(path, images, { form: format });
      expect(await describeImage({ format, path })).toEqual(full);
      expect(await describeImage({ format, path, member: 'x:1' })).toEqual(full);
    },
  );

  it('leaves out what an image does not say', async () => {
    const path = join(folder, 'image');
    await writeOciLayout(path, [{ image: buildImage({ layers: [] }) }]);
    const config = await describeImage({ format: 'oci-layout', path });
    expect(JSON.parse(JSON.stringify(config))).toEqual({ architecture: hostArchitecture() });
  });
});

describe('parseConfig', () => {
  const place = { path: 'x', where: 'config' };

  it('takes null for absent, as Docker writes it', () => {
    const config = { Entrypoint: null, Cmd: null, Env: null, Labels: null, Volumes: null, User: '', WorkingDir: '' };
    expect(Object.values(parseConfig({ config }, place)).every((value) => value === undefined)).toBe(true);
  });

  it('splits environment at the first sign; the last of a name counts', () => {
    expect(parseConfig({ config: { Env: ['A=1', 'B', 'A=2=3', '__proto__=x'] } }, place).env).toEqual(
      Object.fromEntries([
        ['A', '2=3'],
        ['B', ''],
        ['__proto__', 'x'],
      ]),
    );
  });

  it.each([{ Cmd: 'x' }, { Cmd: [1] }, { Env: {} }, { Labels: { a: 1 } }, { User: 1 }, { Volumes: [] }])(
    'refuses %j as corrupt',
    (config) => {
      expect(() => parseConfig({ config }, place)).toThrow(expect.objectContaining({ code: 'CORRUPT_IMAGE' }));
    },
  );
});

const ociConfig = {
  Entrypoint: ['/e'],
  Cmd: ['c'],
  Env: ['A=b'],
  WorkingDir: '/w',
  User: 'u',
  StopSignal: 'SIGINT',
  Labels: { o: '1', both: 'oci' },
};
const metadata = (attributes: object): MadeObject => jsonObject('inspect-metadata.json', { data: { attributes } });
const ociRunscript = `#!/bin/sh\nOCI_ENTRYPOINT='"/e"'\nOCI_CMD='"c"'\nexec $OCI_ENTRYPOINT "$@"\n`;
const nothingDefined = '#!/bin/sh\n# text\n\necho "There is no runscript defined for this container\\n";\n';

describe('describeImage of a SIF', () => {
  async function describeSif(...objects: MadeObject[]): Promise<ImageConfig | undefined> {
    const path = join(folder, 'image');
    await writeFile(path, makeSif([...objects, partition(makeSquashfs())]));
    return describeImage({ format: 'sif', path });
  }

  it('joins the OCI configuration and what Apptainer wrote for inspect', async () => {
    const described = await describeSif(
      metadata({ labels: { both: 'sif', s: '2' }, runscript: ociRunscript }),
      jsonObject('oci-config.json', ociConfig),
    );
    expect(JSON.parse(JSON.stringify(described))).toEqual({
      entrypoint: ['/e'],
      command: ['c'],
      env: { A: 'b' },
      workdir: '/w',
      user: 'u',
      stopSignal: 'SIGINT',
      labels: { o: '1', both: 'sif', s: '2' },
      architecture: 'amd64',
      hasRunscript: true,
    });
  });

  it('knows the name that the OCI configuration had before 2020', async () => {
    expect(await describeSif(jsonObject('oci-config', ociConfig))).toMatchObject({ entrypoint: ['/e'] });
  });

  it.each([
    ['its metadata', metadata({ runscript: '#!/bin/sh\nexec /own "$@"\n' })],
    ['its definition', { dataType: 0x4001, content: Buffer.from('bootstrap: docker\n%runscript\n  /own\n') }],
  ])('leaves out what a runscript of its own does not run, by %s', async (_, tells) => {
    const described = await describeSif(jsonObject('oci-config.json', ociConfig), tells);
    expect(described).toMatchObject({ workdir: '/w', hasRunscript: true });
    expect([described?.entrypoint, described?.command]).toEqual([undefined, undefined]);
  });

  const runscripts: readonly (readonly [string, readonly MadeObject[], boolean | undefined])[] = [
    ['no runscript', [metadata({})], false],
    ['the one that says that there is none', [metadata({ runscript: nothingDefined })], false],
    ['comments only', [metadata({ runscript: '#!/bin/sh\n# nothing\n' })], false],
    ['a runscript', [metadata({ runscript: '#!/bin/sh\necho hi\n' })], true],
    [
      'a definition with %runscript',
      [{ dataType: 0x4001, content: Buffer.from('bootstrap: x\n%runscript\n  a\n') }],
      true,
    ],
    ['a definition without', [{ dataType: 0x4001, content: Buffer.from('bootstrap: x\n') }], undefined],
    ['nothing that tells', [], undefined],
  ];
  it.each(runscripts)(
    'tells of a SIF with %s whether running it does anything (C185)',
    async (_, objects, expected) => {
      expect((await describeSif(...objects))?.hasRunscript).toBe(expected);
    },
  );

  it.each([
    ['oci-config.json', 'no JSON'],
    ['oci-config.json', '[]'],
    ['inspect-metadata.json', '{"data":[]}'],
  ])('refuses a damaged %s: %s', async (name, text) => {
    const describing = describeSif({ dataType: 0x4006, name, content: Buffer.from(text) });
    await expect(describing).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('refuses a description of more than 4 MiB before reading it', async () => {
    const describing = describeSif({
      dataType: 0x4006,
      name: 'oci-config.json',
      content: Buffer.alloc(4_194_305, ' '),
    });
    await expect(describing).rejects.toMatchObject({ code: 'CORRUPT_IMAGE', details: { where: 'object 1' } });
  });

  it('says that a SIF holds one image only', async () => {
    const describing = describeImage({ format: 'sif', path: '/x', member: 'v1' });
    await expect(describing).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });

  it('gives the configuration inside an OCI-SIF', async () => {
    const maker = layoutMaker();
    const manifests = [maker.image(hostArchitecture()), maker.image('other')];
    const root = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
    const blobs = [...maker.files].map(([name, content]): MadeObject => {
      const extra = Buffer.alloc(384);
      extra.write(name.replace('blobs/sha256/', 'sha256:'));
      return { dataType: 0x400b, content, extra };
    });
    const path = join(folder, 'image');
    await writeFile(path, makeSif([{ dataType: 0x400a, content: root }, ...blobs]));
    expect(await describeImage({ format: 'oci-sif', path })).toMatchObject({ architecture: hostArchitecture() });
  });
});

describe('describeImage of a sandbox', () => {
  const sandbox = async (files: Readonly<Record<string, string>>): Promise<FileImageRef> => {
    const path = join(folder, 'sandbox');
    await mkdir(join(path, '.singularity.d'), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, '.singularity.d', name), text);
    return { format: 'sandbox', path };
  };

  it('gives labels, and whether running it does anything (C185)', async () => {
    const labelled = await sandbox({ 'labels.json': '{"a":"b"}', runscript: '#!/bin/sh\nexec x\n' });
    expect(await describeImage(labelled)).toEqual({ labels: { a: 'b' }, hasRunscript: true });
    expect(await describeImage(await sandbox({ runscript: nothingDefined }))).toMatchObject({ hasRunscript: false });
  });

  it('reads from a runscript that was made of an OCI image what that runs', async () => {
    const runscript = `#!/bin/sh\nOCI_ENTRYPOINT='"/e" "é"'\nOCI_CMD='"c"'\n\neval "set \${SINGULARITY_OCI_RUN}"\nexec "$@"\n`;
    const described = await describeImage(await sandbox({ runscript }));
    expect(described).toMatchObject({ entrypoint: ['/e', 'é'], command: ['c'], hasRunscript: true });
  });

  it('says nothing of a plain root file system but that it has no runscript', async () => {
    expect(await describeImage({ format: 'sandbox', path: folder })).toEqual({
      hasRunscript: false,
      labels: undefined,
    });
  });

  it('names a sandbox that is missing, or is no folder', async () => {
    const path = join(folder, 'none');
    await expect(describeImage({ format: 'sandbox', path })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    await writeFile(path, '');
    await expect(describeImage({ format: 'sandbox', path })).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });

  it('follows no link out of the sandbox', async () => {
    const image = await sandbox({});
    await writeFile(join(folder, 'secret.json'), '{"secret":"x"}');
    await symlink(join(folder, 'secret.json'), join(image.path, '.singularity.d/labels.json'));
    await symlink('/bin/sh', join(image.path, '.singularity.d/runscript'));
    expect(await describeImage(image)).toEqual({ labels: undefined, hasRunscript: undefined });
  });
});

describe('describeImage', () => {
  it('gives undefined for a bare file system', async () => {
    const path = join(folder, 'x');
    await writeFile(path, makeSquashfs());
    expect(await describeImage({ format: 'squashfs', path })).toBeUndefined();
    expect(await describeImage({ format: 'ext3', path })).toBeUndefined();
  });

  it('rejects with the reason of its signal', async () => {
    const path = join(folder, 'x');
    await writeOciLayout(path, [{ image: smallImage('x') }]);
    const reason = new Error('enough');
    const call = { signal: AbortSignal.abort(reason) };
    for (const format of ['oci-layout', 'sandbox', 'sif'] as const) {
      await expect(describeImage({ format, path }, call)).rejects.toBe(reason);
    }
  });
});
