import { describe, expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { countedSource, gzippedImage, openImage, packedImage } from '../__fixtures__/squashfs.ts';
import { openSource } from '../source.ts';
import { openSquashfs } from '../squashfs/squashfs.ts';
import { readTar } from '../tar/read-tar.ts';
import { sourceReader } from '../tar/byte-reader.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import type { LayerPolicy } from './layer-policy.ts';
import { planLayer } from './squashfs-layer.ts';

async function entries(image: Uint8Array, policy: LayerPolicy = {}): Promise<readonly TarEntry[]> {
  const tar = await collect((await planLayer(await openImage(image), policy)).stream());
  const source = await openSource(new Blob([Buffer.from(tar)]), { signal: new AbortController().signal });
  const found: TarEntry[] = [];
  for await (const entry of readTar(sourceReader(source), 1000)) found.push(entry);
  return found;
}

describe('planLayer', () => {
  it('keeps modes, owners, times, links, devices and attributes, in the order of names', async () => {
    const found = await entries(packedImage('gzip'));
    const byName = new Map(found.map((entry) => [entry.name, entry]));
    expect(found[0]).toMatchObject({ name: './', type: 'directory', mode: 0o755 });
    expect(byName.get('setuid')).toMatchObject({ type: 'file', mode: 0o4755, size: 10, mtimeSeconds: 1.6e9 });
    expect(byName.get('empty')).toMatchObject({ uid: 70_000, gid: 4_000_000_000 });
    expect(byName.get('folder/text')).toMatchObject({ type: 'link', target: 'folder/hard', size: 0 });
    expect(byName.get('link')).toMatchObject({ type: 'symlink', target: 'folder/text', mode: 0o777 });
    expect(byName.get('disk')).toMatchObject({ type: 'block-device', major: 7, minor: 300 });
    expect(byName.get('pipe')?.type).toBe('fifo');
    expect(byName.get('ünïcödé\n☃')?.size).toBe(1);
    expect(Buffer.from(found.at(-1)?.rawName ?? []).toString('hex')).toBe('fffe');
    expect(byName.get('attributes')?.pax.get('SCHILY.xattr.user.note')).toBe('\0\u00ff=');
    expect(byName.get('attributes')?.pax.get('SCHILY.xattr.security.capability')?.length).toBe(20);
  });

  it('refuses what a layer cannot say, and leaves it out when told to', async () => {
    const odd = gzippedImage('odd');
    const planning = openImage(odd).then((image) => planLayer(image));
    await expect(planning).rejects.toMatchObject({ code: 'CONVERSION_FAILED', hint: expect.stringMatching(/lossy/) });
    const kept = await entries(odd, { lossy: true });
    expect(kept.map(({ name }) => name)).toEqual(['./', 'dir/', 'overlay', 'plain']);
    expect([...(kept[2]?.pax.keys() ?? [])]).toEqual(['SCHILY.xattr.user.kept']);
    const { leftOut, members } = await planLayer(await openImage(odd), { lossy: true });
    expect({ leftOut, members }).toEqual({ leftOut: { sockets: 1, devices: 0, lossy: 5 }, members: 4 });
  });

  it('refuses bombs from metadata alone, unless the limit is raised', async () => {
    for (const [name, hint] of [
      ['holes', /maxBytes/],
      ['copies', /maxRatio/],
    ] as const) {
      const { source, reads } = await countedSource(gzippedImage(name));
      const planning = openSquashfs(source, 0).then((image) => planLayer(image));
      await expect(planning).rejects.toMatchObject({ code: 'POLICY_DENIED', hint: expect.stringMatching(hint) });
      // The superblock, and the small file once, whatever it would expand to.
      expect(reads.bytes).toBeLessThanOrEqual(96 + gzippedImage(name).length);
    }
    const raised = await planLayer(await openImage(gzippedImage('holes')), {
      maxBytes: 2 ** 40,
      maxHoleBytes: 2 ** 40,
    });
    expect(raised.size).toBeGreaterThan(70 * 2 ** 30);
    expect((await planLayer(await openImage(gzippedImage('copies')), { maxRatio: 1e6 })).members).toBe(42);
  });

  it('counts holes in files by themselves, file by file, because they have no ratio', async () => {
    const image = await openImage(gzippedImage('holes'));
    const planning = planLayer(image, { maxBytes: 2 ** 40 });
    await expect(planning).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      hint: expect.stringMatching(/maxHoleBytes/),
    });
    const all = 70 * 2 ** 30;
    await expect(planLayer(image, { maxBytes: 2 ** 40, maxHoleBytes: all - 1 })).rejects.toMatchObject({
      details: { maxHoleBytes: all - 1 },
    });
    expect((await planLayer(image, { maxBytes: 2 ** 40, maxHoleBytes: all })).size).toBeGreaterThan(all);
  });

  it('says sizes beyond 8 GiB in the header', async () => {
    const layer = await planLayer(await openImage(gzippedImage('holes')), { maxBytes: 2 ** 40, maxHoleBytes: 2 ** 40 });
    const stream = layer.stream();
    const first = await stream.next();
    await stream.return();
    expect(Buffer.from(first.value ?? []).toString('latin1')).toContain(`size=${70 * 2 ** 30}\n`);
  });
});
