import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { expand, expandedSource, sniffCompression, type Compressed, type ExpansionPolicy } from './expanded-source.ts';
import { openSource, type Source } from './source.ts';

const content = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 7 + (at >> 9)) % 251);
const codecs = { gzip: gzipSync, zstd: zstdCompressSync };
const kinds: readonly Compressed[] = ['gzip', 'zstd'];

async function open(
  bytes: Uint8Array,
  compression: Compressed,
  signal = new AbortController().signal,
): Promise<Source> {
  return expandedSource(await openSource(new Blob([Buffer.from(bytes)]), { signal }), compression);
}

async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

describe.each(kinds)('expandedSource of %s', (kind) => {
  const packed = codecs[kind](content);

  it('is recognised by its first bytes', () => {
    expect(sniffCompression(packed)).toBe(kind);
  });

  it('reads anywhere, forwards and back, also two streams at once', async () => {
    await using source = await open(packed, kind);
    for (const offset of [0, 2_000_000, 5, 5, 2_999_000, 0]) {
      expect(await source.read({ offset, length: 1000 })).toEqual(content.subarray(offset, offset + 1000));
    }
    const both = await Promise.all([
      all(source.stream({ offset: 1_000_000, length: 1_500_000 })),
      all(source.stream({ offset: 10, length: 2_500_000 })),
    ]);
    expect(both[0].equals(content.subarray(1_000_000, 2_500_000))).toBe(true);
    expect(both[1].equals(content.subarray(10, 2_500_010))).toBe(true);
    expect((await all(source.all())).equals(content)).toBe(true);
  });

  it('goes on after a stream that was left early', async () => {
    await using source = await open(packed, kind);
    for await (const part of source.stream({ offset: 100, length: 2_000_000 })) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    expect(await source.read({ offset: 0, length: 3 })).toEqual(content.subarray(0, 3));
  });

  it('says where data is cut off or damaged', async () => {
    for (const bytes of [packed.subarray(0, packed.length - 20), packed.subarray(0, 12), flipped(packed)]) {
      await using source = await open(bytes, kind);
      await expect(all(source.all())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    }
  });

  it('says that a range lies behind the end', async () => {
    await using source = await open(packed, kind);
    const range = { offset: 2_999_990, length: 11 };
    await expect(source.read(range)).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await expect(source.read({ offset: 9_000_000, length: 1 })).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    await expect(all(source.stream(range))).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
    expect(await source.read({ offset: 2_999_990, length: 10 })).toHaveLength(10);
  });

  it('rejects with the reason of its signal', async () => {
    const controller = new AbortController();
    await using source = await open(packed, kind, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(all(source.all())).rejects.toBe(reason);
  });
});

describe('expandedSource of several frames', () => {
  const cut = 1_234_567;
  const parts = [content.subarray(0, cut), content.subarray(cut)];

  it.each(kinds)('gives all of them, wherever chunks of the source end: %s', async (kind) => {
    const packed = Buffer.concat(parts.map((part) => codecs[kind](part)));
    await using source = await open(packed, kind);
    expect((await all(source.all())).equals(content)).toBe(true);
    for (const size of [1, 1000, codecs[kind](parts[0] ?? content).length]) {
      const pieces = Array.from({ length: Math.ceil(packed.length / size) }, (_, at) =>
        packed.subarray(at * size, (at + 1) * size),
      );
      const expanded = expand(iterate(pieces), { path: 'x', compression: kind });
      expect((await all(expanded)).equals(content)).toBe(true);
    }
  });

  it.each(kinds)('refuses %s with something else behind it', async (kind) => {
    const behind = Buffer.concat([codecs[kind](content), Buffer.from('garbage')]);
    const expanded = all(expand(iterate([behind]), { path: 'x', compression: kind }));
    await expect(expanded).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('refuses more than the policy lets, in bytes and in proportion', async () => {
    const of = (policy: ExpansionPolicy): Promise<Buffer> =>
      all(expand(iterate([gzipSync(content)]), { path: 'x', compression: 'gzip', policy }));
    await expect(of({ maxBytes: 2_999_999 })).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    expect(await of({ maxBytes: 3_000_000 })).toHaveLength(3_000_000);
  });
});

async function* iterate(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(copy.length / 2);
  copy.fill(0x5a, at, at + 40);
  return copy;
}
