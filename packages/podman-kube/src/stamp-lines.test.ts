import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { LogChunk } from '@fairlead/core';
import { stampLines } from './stamp-lines.ts';

async function* chunks(...texts: readonly (readonly ['stdout' | 'stderr', string])[]): AsyncGenerator<LogChunk> {
  for (const [stream, text] of texts) yield { stream, bytes: Buffer.from(text) };
}

async function stamped(plain: AsyncGenerator<LogChunk>, times: AsyncGenerator<LogChunk>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { stream, bytes, time } of stampLines(plain, times)) {
    found.push(`${stream} ${time ?? ''} ${JSON.stringify(Buffer.from(bytes).toString())}`);
  }
  return found;
}

const t1 = '2026-11-21T08:15:33.548286295Z';
const t2 = '2026-11-21T08:15:33.849152688Z';

describe('stampLines', () => {
  it('gives each line the time of its first piece, though podman writes one before every piece (C45)', async () => {
    const plain = chunks(['stdout', 'abcdef\nlast']);
    const times = chunks(['stdout', `${t1} abc${t2} def\n${t2} last`]);
    assert.deepEqual(await stamped(plain, times), [`stdout ${t1} "abcdef\\n"`, `stdout ${t2} "last"`]);
  });

  it('is not misled by a time in the text', async () => {
    const plain = chunks(['stdout', `${t2} x\n`]);
    assert.deepEqual(await stamped(plain, chunks(['stdout', `${t1} ${t2} x\n`])), [`stdout ${t1} "${t2} x\\n"`]);
  });

  it('finds times and lines that chunks cut in two, each stream for itself', async () => {
    const plain = chunks(['stdout', 'a'], ['stderr', 'e\n'], ['stdout', 'b\n\n']);
    const times = chunks(
      ['stdout', t1.slice(0, 7)],
      ['stderr', `${t2} e\n`],
      ['stdout', `${t1.slice(7)} ab\n${t2} \n`],
    );
    assert.deepEqual(await stamped(plain, times), [
      `stdout ${t1} "a"`,
      `stderr ${t2} "e\\n"`,
      `stdout ${t1} "b\\n"`,
      `stdout ${t2} "\\n"`,
    ]);
  });

  it('ends where the read with times ends', async () => {
    const plain = chunks(['stdout', 'a\nb\n'], ['stdout', 'c\n']);
    assert.deepEqual(await stamped(plain, chunks(['stdout', `${t1} a\n`])), [`stdout ${t1} "a\\n"`]);
  });

  it('tells UTC where podman tells its own time zone', async () => {
    const times = chunks(['stdout', '2026-11-21T09:15:33.5+01:00 a\n']);
    assert.deepEqual(await stamped(chunks(['stdout', 'a\n']), times), ['stdout 2026-11-21T08:15:33.5Z "a\\n"']);
  });

  it('closes the other read when it is left', async () => {
    let closed = false;
    const times = (async function* (): AsyncGenerator<LogChunk> {
      try {
        for (;;) yield { stream: 'stdout', bytes: Buffer.from(`${t1} a\n`) };
      } finally {
        closed = true;
      }
    })();
    for await (const _ of stampLines(chunks(['stdout', 'a\na\n']), times)) break;
    assert.equal(closed, true);
  });
});
