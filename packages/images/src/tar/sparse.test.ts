import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../__fixtures__/images.ts';
import { sha256 } from '../oci/digest.ts';
import { mediaType } from '../oci/media-type.ts';
import { tarContent } from '../tree/tar-content.ts';
import { streamReader } from './byte-reader.ts';
import { readTar } from './read-tar.ts';
import type { TarEntry } from './tar-entry.ts';
import { blockSize, concatBytes, tarHeader, tarPadding } from './tar-header.ts';

const { signal } = new AbortController();
const forms: readonly (readonly [string, readonly string[]])[] = [
  ['the header, in blocks behind it', ['--format=gnu']],
  ['pax records that repeat', ['--format=posix', '--sparse-version=0.0']],
  ['one pax record', ['--format=posix', '--sparse-version=0.1']],
  ['the content', ['--format=posix', '--sparse-version=1.0']],
];

/** Runs of 4 KiB, each behind a hole: a few stand in the header, and a block behind it holds 21. */
const holeBytes = 65_536;
const runs = 60;
const size = runs * holeBytes + 5000;
let folder = '';
let expected = Buffer.alloc(0);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-sparse-'));
  const name =
    'a file whose name is longer than the hundred bytes that a header has room for, which is the usual thing to happen';
  await using file = await open(join(folder, name), 'w');
  expected = Buffer.alloc(size);
  for (let run = 1; run < runs; run += 1) {
    const bytes = Buffer.alloc(4096, `run ${run} `);
    bytes.copy(expected, run * holeBytes);
    await file.write(bytes, 0, bytes.length, run * holeBytes);
  }
  await file.truncate(size);
  await writeFile(join(folder, 'z'), 'behind it');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function entriesOf(tar: Uint8Array): Promise<readonly TarEntry[]> {
  const found: TarEntry[] = [];
  for await (const entry of readTar(streamReader('a.tar', once(tar)), 100)) found.push(entry);
  return found;
}

function contentOf(tar: Uint8Array, entry: TarEntry): Promise<Buffer> {
  const digest = sha256(tar);
  const told = { digest, diffId: digest, size: tar.length, mediaType: mediaType.layer, compression: 'none' } as const;
  return collect(tarContent({ layer: { ...told, stream: () => once(tar) }, path: 'a.tar', signal }, entry)());
}

describe('a sparse member', () => {
  it.each(forms)('has its name, its size and its holes where its map stands in %s', async (_, form) => {
    const args = ['-C', folder, '--sparse', '--hole-detection=raw', '--sort=name', ...form, '-cf', '-', '.'];
    const tar = execFileSync('tar', args, { maxBuffer: 2 * size });
    const entries = await entriesOf(tar);
    expect(entries.map(({ type, name }) => [type, name.slice(0, 8)])).toEqual([
      ['directory', './'],
      ['file', './a file'],
      ['file', './z'],
    ]);
    const [, sparse, plain] = entries;
    expect(sparse).toMatchObject({ size, name: expect.stringMatching(/thing to happen$/) });
    expect(sparse?.storedSize).toBeLessThan(size / 8);
    expect(sparse && (await contentOf(tar, sparse)).equals(expected)).toBe(true);
    expect(plain).toMatchObject({ size: 9, storedSize: 9, sparse: undefined });
    expect(plain && (await contentOf(tar, plain)).toString()).toBe('behind it');
  });

  const hostile: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['runs that overlap', records('0,10,5,10', 40), /a run of 10 bytes at 5, behind 10/],
    ['a run behind the end', records('30,20', 40), /a run of 20 bytes at 30, behind 0 of 40/],
    ['a run at 2^60', records('1152921504606846976,20', 40), /a run of 20 bytes at NaN/],
    ['half a run', records('0,20,30', 40), /3 numbers for 1 runs/],
    ['more bytes than are stored', records('0,21', 40), /has 21 bytes, but 20 are stored/],
    ['a size that is none', records('0,20', -1), /size of its sparse file is not a number/],
    ['runs out of order', withPax('26 GNU.sparse.numbytes=20\n'), /pax header that cannot be parsed/],
    ['a map in its content without end', stored('99999999\n'), /holds what is no number|is cut off/],
    ['a map in its content that holds words', stored('1\nmany\n0\n'), /holds what is no number/],
    ['a map in its content of one long line', stored('9'.repeat(40)), /holds what is no number/],
    ['a map behind its header that is cut off', header([[0, 20]], 40, true), /cut off/],
    ['a run in its header behind the end', header([[30, 20]], 40), /a run of 20 bytes at 30/],
  ];
  it.each(hostile)('is refused with %s', async (_, tar, message) => {
    await expect(entriesOf(tar)).rejects.toMatchObject({
      code: 'CORRUPT_IMAGE',
      message: expect.stringMatching(message),
    });
  });

  it('of a form that nobody knows is told as something else', async () => {
    const [entry] = await entriesOf(withPax('22 GNU.sparse.major=2\n', '22 GNU.sparse.minor=0\n'));
    expect(entry).toMatchObject({ type: 'other', storedSize: 20 });
  });
});

const plain = { type: 'file', name: 'x', size: 20 } as const;

function withPax(...lines: readonly string[]): Uint8Array {
  const body = Buffer.from(lines.join(''));
  const head = patched(tarHeader({ ...plain, size: body.length }), (block) => void block.write('x', 156));
  return concatBytes([head, body, tarPadding(body.length), tarHeader(plain), new Uint8Array(blockSize)]);
}

function record(key: string, value: string): string {
  const rest = key.length + value.length + 3;
  return `${rest + String(rest + 2).length} ${key}=${value}\n`;
}

function records(map: string, realSize: number): Uint8Array {
  return withPax(record('GNU.sparse.map', map), record('GNU.sparse.size', String(realSize)));
}

function stored(map: string): Uint8Array {
  const made = withPax(record('GNU.sparse.major', '1'), record('GNU.sparse.minor', '0'), record('size', '1024'));
  const content = Buffer.alloc(1024);
  content.write(map);
  return concatBytes([made.subarray(0, -blockSize), content]);
}

function header(map: readonly (readonly [number, number])[], realSize: number, more = false): Uint8Array {
  return patched(tarHeader(plain), (block) => {
    block.write('S', 156);
    block.write('ustar  \0', 257);
    for (const [at, pair] of map.flat().entries()) block.write(`${pair.toString(8).padStart(11, '0')} `, 386 + 12 * at);
    block[482] = more ? 1 : 0;
    block.write(`${realSize.toString(8).padStart(11, '0')} `, 483);
  });
}

function patched(bytes: Uint8Array, patch: (block: Buffer) => void): Uint8Array {
  const block = Buffer.from(bytes);
  patch(block);
  block.write('        ', 148);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return block;
}
