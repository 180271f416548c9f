import { describe, expect, it } from 'vitest';
import { file, folder, root, symlink } from '../made/squashfs-tree.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { collect } from '../../src/__fixtures__/images.ts';
import { openImage } from '../../src/__fixtures__/squashfs.ts';
import { openSource } from '../../src/source.ts';
import { sourceReader } from '../../src/tar/byte-reader.ts';
import { readTar } from '../../src/tar/read-tar.ts';
import { planLayer } from '../../src/layer/squashfs-layer.ts';

const { signal } = new AbortController();

/** The members of a lossy layer, each with its size or target and its attributes; the size that was planned. */
async function layerOf(...made: Parameters<typeof madeSquashfs>): Promise<readonly string[]> {
  const layer = await planLayer(await openImage(madeSquashfs(...made)), { lossy: true });
  const tar = await collect(layer.stream());
  expect(tar.length).toBe(layer.size);
  const source = await openSource(new Blob([Buffer.from(tar)]), { signal });
  const members: string[] = [];
  for await (const { name, type, size, target, pax } of readTar(sourceReader(source), 1000)) {
    members.push([name, type, target || size, ...pax.keys()].join(' '));
  }
  expect(layer.members).toBe(members.length);
  return members.filter((line) => !line.startsWith('bin/') && !line.includes('directory'));
}

describe('a file with several names, the first of which is left out (lossy)', () => {
  it('is kept with its content and attributes under the next one, and later ones link to that', async () => {
    const shared = file('the only copy', { xattrs: 0 });
    const tree = root({ '.wh.x': shared, kept: shared, z: shared });
    const xattrs = [[{ name: 'note', value: 'v' }]];
    expect(await layerOf(tree, { xattrs })).toEqual(['kept file 13 SCHILY.xattr.user.note', 'z link kept']);
  });

  it('is kept also where a folder was left out with all that is in it', async () => {
    const [shared, whole] = [file('payload'), file('x'.repeat(9000))];
    const left = folder({ '.wh.again': shared, inner: shared, large: whole });
    const tree = root({ '.wh.dir': left, keep: folder({ '.wh.too': whole, a: whole, b: shared }), later: shared });
    expect(await layerOf(tree)).toEqual(['keep/a file 9000', 'keep/b file 7', 'later link keep/b']);
  });

  it('is what it was where the first name stays', async () => {
    const [shared, link] = [file('content'), symlink('nowhere')];
    const tree = root({ '.wh.z': link, a: shared, 'b.wh.': shared, z: link });
    expect(await layerOf(tree)).toEqual(['a file 7', 'b.wh. link a', 'z symlink nowhere']);
  });
});
