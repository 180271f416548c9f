import { mkdtemp, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileImageRef } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, smallImage } from '../__fixtures__/images.ts';
import type { OutgoingBlob } from '../oci/packed-image.ts';
import { tarOf } from '../tar/write-tar.ts';
import type { NewTarEntry } from '../tar/tar-entry.ts';
import { blobPath } from '../writer/image-archive.ts';
import { writeImageArchive, writeOciLayout } from '../writer/write-image.ts';
import { createOciConverter } from './oci-converter.ts';

const converter = createOciConverter('amd64');
const image = smallImage('x');
let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-forged-'));
  path = join(folder, 'image');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function convert(reference: FileImageRef): Promise<Buffer> {
  await using converted = await converter.open(reference, {});
  return await collect(converted.stream());
}

/** How many bytes come out before the conversion fails. */
async function given(reference: FileImageRef): Promise<number> {
  await using converted = await converter.open(reference, {});
  let bytes = 0;
  try {
    for await (const chunk of converted.stream()) bytes += chunk.length;
  } catch {
    return bytes;
  }
  throw new Error('the conversion did not fail');
}

const [manifest, config, layer] = [image.manifest, image.config, image.layers[0] ?? image.config];

describe('a layout that is damaged or forged', () => {
  const layout: () => FileImageRef = () => ({ format: 'oci-layout', path });
  const blob = (of: OutgoingBlob): string => join(path, blobPath(of));
  beforeEach(() => writeOciLayout(path, [{ image }]));

  it.each([
    ['manifest', manifest],
    ['config', config],
    ['layer', layer],
  ] as const)('is refused when its %s has other bytes of the same length', async (_, of) => {
    const bytes = await readFile(blob(of));
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    await writeFile(blob(of), bytes);
    await expect(convert(layout())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it.each([
    ['manifest', manifest],
    ['config', config],
    ['layer', layer],
  ] as const)('is refused before anything is given when its %s is missing, or shorter or longer', async (_, of) => {
    const bytes = await readFile(blob(of));
    await truncate(blob(of), of.size - 1);
    const corrupt = { code: 'CORRUPT_IMAGE', details: { where: `blob ${of.digest.text}` } };
    await expect(converter.open(layout(), {})).rejects.toMatchObject(corrupt);
    await writeFile(blob(of), Buffer.concat([bytes, Buffer.from('x')]));
    await expect(converter.open(layout(), {})).rejects.toMatchObject(corrupt);
    await unlink(blob(of));
    await expect(converter.open(layout(), {})).rejects.toMatchObject(corrupt);
  });

  it('never gives the last bytes of a forged layer, so that no engine gets an archive that is whole', async () => {
    const whole = (await convert(layout())).length;
    const bytes = await readFile(blob(layer));
    bytes[bytes.length - 1] = 1;
    await writeFile(blob(layer), bytes);
    expect(await given(layout())).toBeLessThan(whole - layer.size);
  });

  it('is refused without an index, or with one that is no JSON or too large', async () => {
    await writeFile(join(path, 'index.json'), 'patients');
    await expect(convert(layout())).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      message: expect.not.stringMatching(/patients/),
    });
    await writeFile(join(path, 'index.json'), Buffer.alloc(4_194_305, ' '));
    await expect(convert(layout())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await unlink(join(path, 'index.json'));
    await expect(convert(layout())).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
    const none: FileImageRef = { format: 'oci-layout', path: join(folder, 'none') };
    await expect(convert(none)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });
});

describe('an archive that is damaged or forged', () => {
  const docker: () => FileImageRef = () => ({ format: 'docker-archive', path });
  const write = (...files: (readonly [string, string | Uint8Array])[]): Promise<void> =>
    writeFile(path, tarOf(files.map(([name, content]): NewTarEntry => ({ type: 'file', name, content }))));
  const list = (value: unknown): readonly [string, string] => ['manifest.json', JSON.stringify(value)];

  it('is refused wherever it is cut', async () => {
    for (const form of ['oci-archive', 'docker-archive'] as const) {
      await writeImageArchive(path, [{ image }], { form });
      const { length } = await readFile(path);
      for (let cut = 1; cut < length - 1024; cut += 601) {
        await truncate(path, length - 1024 - cut);
        const failed = { code: expect.stringMatching(/CORRUPT_IMAGE|INVALID_IMAGE/) };
        await expect(convert({ format: form, path }), `${cut}`).rejects.toMatchObject(failed);
      }
    }
  });

  const lists: readonly (readonly [string, unknown])[] = [
    ['that is no list', {}],
    ['without a Config', [{ Layers: [] }]],
    ['with a Config that is no text', [{ Config: 1 }]],
    ['with Layers that are no list', [{ Config: 'c', Layers: 'x' }]],
    ['with 2000 layers', [{ Config: 'c', Layers: Array.from({ length: 2000 }, () => 'l') }]],
    ['whose Config is missing', [{ Config: '../../etc/passwd', Layers: [] }]],
  ];
  it.each(lists)('is refused with a manifest.json %s', async (_, value) => {
    await write(list(value));
    await expect(convert(docker())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('is refused when a config is not what its name says, or has too few layers, or a layer is missing', async () => {
    const body = JSON.stringify({ rootfs: { diff_ids: [] } });
    const name = `${'0'.repeat(64)}.json`;
    await write(list([{ Config: name, Layers: [] }]), [name, body]);
    await expect(convert(docker())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await write(list([{ Config: 'c', Layers: ['l'] }]), ['c', body], ['l', '']);
    await expect(convert(docker())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await write(list([{ Config: 'c', Layers: ['l'] }]), ['c', body]);
    await expect(convert(docker())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('is refused when a layer is not what its config says', async () => {
    const diff = `sha256:${'0'.repeat(64)}`;
    await write(
      list([{ Config: 'c', Layers: ['l'] }]),
      ['c', JSON.stringify({ rootfs: { diff_ids: [diff] } })],
      ['l', 'x'],
    );
    await expect(convert(docker())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('follows links inside the archive, and gives up on links in a circle', async () => {
    const tar = await collect(layer.stream());
    const body = JSON.stringify({ rootfs: { diff_ids: [layer.digest.text, layer.digest.text] } });
    const files: readonly NewTarEntry[] = [
      {
        type: 'file',
        name: 'manifest.json',
        content: JSON.stringify([{ Config: 'c', Layers: ['a/layer.tar', 'b/layer.tar'] }]),
      },
      { type: 'file', name: 'c', content: body },
      { type: 'file', name: 'a/layer.tar', content: tar },
    ];
    await writeFile(path, tarOf([...files, { type: 'symlink', name: 'b/layer.tar', target: '../a/layer.tar' }]));
    expect((await convert(docker())).length).toBeGreaterThan(tar.length);
    await writeFile(path, tarOf([...files, { type: 'symlink', name: 'b/layer.tar', target: 'layer.tar' }]));
    await expect(convert(docker())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await writeFile(path, tarOf([...files, { type: 'symlink', name: 'b/layer.tar', target: '../../../etc/passwd' }]));
    await expect(convert(docker())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('is told apart when the prefix says another form, or it is no archive at all', async () => {
    await writeImageArchive(path, [{ image }], { form: 'oci-archive' });
    await expect(convert(docker())).rejects.toMatchObject({
      code: 'INVALID_IMAGE',
      hint: expect.stringMatching(/oci-archive:/),
    });
    await writeImageArchive(path, [{ image }], { form: 'docker-archive' });
    const oci: FileImageRef = { format: 'oci-archive', path };
    await expect(convert(oci)).rejects.toMatchObject({
      code: 'INVALID_IMAGE',
      hint: expect.stringMatching(/docker-archive:/),
    });
    await writeFile(path, 'text');
    await expect(convert(oci)).rejects.toMatchObject({
      code: 'INVALID_IMAGE',
      message: expect.stringMatching(/plain text/),
    });
  });
});
