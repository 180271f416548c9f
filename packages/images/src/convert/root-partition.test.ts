import { describe, expect, it } from 'vitest';
import { makeSif, makeSquashfs, partition, type MadeObject } from '../__fixtures__/sif.ts';
import { openSif } from '../sif/open-sif.ts';
import type { SifPartition } from '../sif/sif-object.ts';
import { openSource } from '../source.ts';
import { rootPartition } from './root-partition.ts';

async function choose(objects: readonly MadeObject[], lossy = false): Promise<SifPartition> {
  const { signal } = new AbortController();
  const source = await openSource(new Blob([Uint8Array.from(makeSif(objects))]), { signal, path: 'x.sif' });
  return rootPartition('x.sif', await openSif(source), lossy);
}

/** The same partition for another machine, by the two digits of its architecture. */
function forMachine(object: MadeObject, digits: string): MadeObject {
  const extra = Buffer.from(object.extra ?? []);
  extra.write(digits, 8);
  return { ...object, extra };
}

const root = partition(makeSquashfs());

describe('rootPartition', () => {
  it('is the primary partition, wherever it stands and whatever the machines of others', async () => {
    const system = partition(makeSquashfs(), 1, 1);
    const data = partition(makeSquashfs(), 2, 3);
    const objects = [data, system, forMachine(root, '04'), system];
    expect(await choose(objects)).toMatchObject({ id: 3, role: 'primary', architecture: 'arm64' });
  });

  const refused: readonly (readonly [number, RegExp])[] = [
    [2, /ext3/],
    [3, /an archive/],
    [4, /raw data/],
    [5, /encrypted root file system \(LUKS2\)/],
    [6, /encrypted root file system \(gocryptfs\)/],
    [7, /unknown type/],
  ];
  it.each(refused)('is refused by name where it is stored as number %i', async (number, message) => {
    const choosing = choose([partition(makeSquashfs(), number)]);
    await expect(choosing).rejects.toMatchObject({
      code: 'CONVERSION_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('is missing where no partition is the primary one', async () => {
    const choosing = choose([partition(makeSquashfs(), 1, 1)]);
    await expect(choosing).rejects.toMatchObject({ message: expect.stringMatching(/no root file system/) });
  });

  it('loses a writable overlay only with lossy', async () => {
    const objects = [root, partition(makeSquashfs(), 2, 4)];
    await expect(choose(objects)).rejects.toMatchObject({ message: expect.stringMatching(/writable overlay/) });
    expect((await choose(objects, true)).id).toBe(1);
  });
});
