import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { readEvidence, type SifEvidence } from '../../src/sif-config/sif-evidence.ts';
import { openSquashfs } from '../../src/squashfs/squashfs.ts';
import { memorySource } from '../fuzz/memory-source.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { file, folder, root, type MadeFile } from '../made/squashfs-tree.ts';

async function evidence(files: Readonly<Record<string, MadeFile>>): Promise<SifEvidence> {
  const source = memorySource(madeSquashfs(root({ '.singularity.d': folder(files) })));
  return readEvidence(source, await openSquashfs(source, 0), undefined);
}

const large = file('', { holeBytes: limits.jsonBytes + 1 });

describe('readEvidence', () => {
  it.each([
    ['texts', '{"a":"b","__proto__":"c"}', { a: 'b', ['__proto__']: 'c' }],
    ['a number among texts', '{"version":3,"a":"b"}', { a: 'b' }],
    ['a list and an object', '{"a":["b"],"c":{"d":"e"}}', {}],
    ['nothing', '', {}],
    ['no JSON', '{"a":', {}],
    ['a list', '["a"]', {}],
    ['lists without end', '['.repeat(10_000), {}],
  ])('reads of labels.json what is a text: %s', async (_, text, labels) => {
    expect(Object.entries((await evidence({ 'labels.json': file(text) })).labels)).toEqual(Object.entries(labels));
  });

  it('takes neither labels nor a runscript that is larger than Apptainer writes them for damaged', async () => {
    const { labels, starts, ociRunscript } = await evidence({ 'labels.json': large, runscript: large });
    expect({ labels, starts, ociRunscript }).toEqual({
      labels: {},
      starts: ['/.singularity.d/runscript'],
      ociRunscript: false,
    });
  });

  it('tells damage of the file system where labels lie as damage', async () => {
    const broken = file('', { words: [0x100_2000], size: 8192 });
    await expect(evidence({ 'labels.json': broken })).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });
});
