import { describe, expect, it } from 'vitest';
import { jsonObject, makeSif, makeSquashfs, partition } from '../__fixtures__/sif.ts';
import { openSource } from '../source.ts';
import { openSif, type Sif } from './open-sif.ts';

const { signal } = new AbortController();
const table = 4096;
const dataOffset = table + 48 * 585;
const sample = (): Buffer => makeSif([jsonObject('labels', { a: 1 }), partition(makeSquashfs())]);

async function open(bytes: Uint8Array): Promise<Sif> {
  return openSif(await openSource(new Blob([Buffer.from(bytes)]), { signal, path: 'x.sif' }));
}

/** A copy with a number changed. */
function patched(offset: number, value: bigint, bytes: Buffer = sample()): Buffer {
  bytes.writeBigInt64LE(value, offset);
  return bytes;
}

describe('openSif', () => {
  it('gives header, objects and the primary partition', async () => {
    const sif = await open(sample());
    expect(sif.header).toMatchObject({
      architecture: 'amd64',
      createdSeconds: -62_135_596_800,
      uuid: '0'.repeat(32),
      descriptors: { total: 48, offset: table },
    });
    expect(sif.objects.map(({ type, id, name, group }) => [type, id, name, group])).toEqual([
      ['json', 1, 'labels', 1],
      ['partition', 2, 'rootfs', 1],
    ]);
    expect(sif.primary).toMatchObject({ fileSystem: 'squashfs', role: 'primary', architecture: 'amd64', size: 4096 });
  });

  it('skips holes in the table, and takes any mark but 0 for used', async () => {
    const bytes = sample();
    bytes[table + 4] = 0;
    bytes[table + 585 + 4] = 2;
    const { objects } = await open(bytes);
    expect(objects.map(({ id }) => id)).toEqual([2]);
  });

  it('reads links to groups and objects, names of full length, and unknown types', async () => {
    const bytes = sample();
    bytes.writeInt32LE(0x4fff, table);
    bytes.writeUInt32LE(0xf0000001, table + 13);
    bytes.fill('n', table + 73, table + 201);
    bytes.writeUInt32LE(1, table + 585 + 13);
    const [first, second] = (await open(bytes)).objects;
    expect(first).toMatchObject({ type: 'unknown', link: { to: 'group', id: 1 }, name: 'n'.repeat(128) });
    expect(second).toMatchObject({ link: { to: 'object', id: 1 } });
  });

  it('knows an encrypted partition', async () => {
    for (const [code, fileSystem] of [
      [5, 'luks2'],
      [6, 'gocryptfs'],
    ] as const) {
      const { primary } = await open(makeSif([partition(makeSquashfs(), code)]));
      expect(primary?.fileSystem).toBe(fileSystem);
    }
  });

  const hostile: readonly (readonly [string, Buffer, string])[] = [
    ['another magic', Buffer.alloc(40_000), 'magic'],
    ['another version', patched(42, 0x3230n), 'version'],
    ['2^40 descriptors', patched(88, 2n ** 40n), 'descriptors total'],
    ['2^24 descriptors', patched(88, 2n ** 24n), 'descriptors total'],
    ['-1 descriptors', patched(88, -1n), 'descriptors total'],
    ['no descriptors', patched(88, 0n), 'descriptors total'],
    ['a negative table', patched(96, -4096n), 'descriptors offset'],
    ['a table in the header', patched(96, 100n), 'descriptors offset'],
    ['a table behind the end', patched(96, 2n ** 62n), 'descriptors offset'],
    ['an object at -1', patched(table + 17, -1n), 'offset'],
    ['an object at 0', patched(table + 17, 0n), 'offset'],
    ['an object in the table', patched(table + 17, 5000n), 'offset'],
    ['an object across the table', patched(table + 25, 4000n, patched(table + 17, 200n)), 'offset'],
    ['an object of 2^62 bytes', patched(table + 25, 2n ** 62n), 'size'],
    ['an object of -1 bytes', patched(table + 25, -1n), 'size'],
    [
      'an object of 2^63-1 bytes at 2^63-1',
      patched(table + 25, 2n ** 63n - 1n, patched(table + 17, 2n ** 63n - 1n)),
      'size',
    ],
  ];
  it.each(hostile)('refuses %s with field and offset', async (_, bytes, field) => {
    await expect(open(bytes)).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      details: { path: 'x.sif', field, offset: expect.any(Number) },
    });
  });

  it('refuses objects that overlap, and two primary partitions', async () => {
    const overlapping = patched(table + 585 + 17, BigInt(dataOffset));
    await expect(open(overlapping)).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      message: expect.stringMatching(/overlap/),
    });
    const twice = makeSif([partition(makeSquashfs()), partition(makeSquashfs())]);
    await expect(open(twice)).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      message: expect.stringMatching(/two primary/),
    });
  });

  it('finds a truncation anywhere', async () => {
    const whole = sample();
    for (const length of [
      0,
      31,
      41,
      42,
      127,
      128,
      4095,
      4096,
      table + 585,
      dataOffset - 1,
      dataOffset,
      dataOffset + 3,
      whole.length - 1,
    ]) {
      const opening = open(whole.subarray(0, length));
      await expect(opening, `${length} bytes`).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    }
  });

  it('either opens or refuses a file with any byte changed, and reads nothing outside it', async () => {
    const whole = sample();
    const places = [...Array(128).keys(), ...Array.from({ length: 2 * 585 }, (_, at) => table + at)];
    for (const place of places) {
      const bytes = Buffer.from(whole);
      bytes[place] = (bytes[place] ?? 0) ^ 0xff;
      const result = await open(bytes).catch((error: unknown) => error);
      const code = result instanceof Error && 'code' in result ? result.code : 'opened';
      expect(['CORRUPT_IMAGE', 'opened'], `byte ${place}`).toContain(code);
    }
  });
});
