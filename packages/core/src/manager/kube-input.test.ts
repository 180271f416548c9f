import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeInput } from '../kube.ts';
import { manifestText } from './kube-input.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-kube-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function textOf(input: KubeInput): Promise<string> {
  return manifestText(input, new AbortController().signal);
}

describe('manifestText', () => {
  it('gives text as it is, and a file byte for byte, mark and line ends too (A4)', async () => {
    const text = '\uFEFFkind: Pod\r\n# é\n';
    await expect(textOf({ yaml: text })).resolves.toBe(text);
    const file = join(folder, 'pod');
    await writeFile(file, text);
    await expect(textOf({ file })).resolves.toBe(text);
    await expect(textOf({ file: pathToFileURL(file) })).resolves.toBe(text);
  });

  it('writes objects as documents', async () => {
    const objects = [
      { apiVersion: 'v1', kind: 'Pod' },
      { apiVersion: 'v1', kind: 'Secret' },
    ];
    await expect(textOf({ objects })).resolves.toBe(
      '---\n{"apiVersion":"v1","kind":"Pod"}\n---\n{"apiVersion":"v1","kind":"Secret"}\n',
    );
  });

  it.each([
    {},
    { yaml: 'a', file: 'b' },
    { yaml: 'a', text: 'b' },
    { yaml: '' },
    { yaml: ' \n' },
    { objects: [] },
    { yaml: 7 },
  ])('refuses %j', async (input) => {
    // What a caller without types may pass.
    await expect(textOf(input as unknown as KubeInput)).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      operation: 'playKube',
    });
  });

  it('names a file that cannot be read, and why', async () => {
    const file = join(folder, 'absent.yaml');
    await expect(textOf({ file })).rejects.toThrow(`${JSON.stringify(file)} cannot be read (ENOENT)`);
    await expect(textOf({ file: folder })).rejects.toThrow('cannot be read (EISDIR)');
  });

  it('refuses bytes that are not UTF-8 instead of replacing them', async () => {
    const file = join(folder, 'latin');
    await writeFile(file, Buffer.from([0xe9, 0x0a]));
    await expect(textOf({ file })).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('refuses more than 8 MiB', async () => {
    const big = 'x'.repeat(8 * 1024 * 1024 + 1);
    await expect(textOf({ yaml: big })).rejects.toThrow('larger than');
    await writeFile(join(folder, 'big'), big);
    await expect(textOf({ file: join(folder, 'big') })).rejects.toThrow('larger than');
  });
});
