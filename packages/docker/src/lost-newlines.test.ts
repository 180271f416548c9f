import { demultiplex } from '@fairlead/core/backend';
import { describe, expect, it } from 'vitest';
import { frame } from './__fixtures__/fake-engine.ts';
import { restoreNewlines } from './lost-newlines.ts';

const piece = 'x'.repeat(16_384);
const stamp = '2026-11-21T08:00:00.123456789Z ';

async function restored(
  frames: readonly Buffer[],
  timestamps = false,
  size = 1000,
): Promise<{ out: string; err: string }> {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.concat(frames);
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const text = { out: '', err: '' };
  for await (const chunk of demultiplex(restoreNewlines(pieces(), { timestamps }), { timestamps })) {
    text[chunk.stream === 'stdout' ? 'out' : 'err'] += Buffer.from(chunk.bytes).toString();
  }
  return text;
}

describe('restoreNewlines', () => {
  it('ends a long line where its last piece came without a newline', async () => {
    const frames = [frame('stdout', piece), frame('stdout', piece), frame('stdout', 'rest'), frame('stdout', 'next\n')];
    expect(await restored(frames)).toEqual({ out: `${piece}${piece}rest\nnext\n`, err: '' });
  });

  it('ends a long line whose last piece is empty', async () => {
    const frames = [frame('stdout', piece), frame('stdout', ''), frame('stdout', 'next\n')];
    expect(await restored(frames)).toEqual({ out: `${piece}\nnext\n`, err: '' });
  });

  it('keeps the streams apart', async () => {
    const frames = [frame('stdout', piece), frame('stderr', 'half'), frame('stdout', 'rest'), frame('stderr', 'e\n')];
    expect(await restored(frames)).toEqual({ out: `${piece}rest\n`, err: 'halfe\n' });
  });

  it('changes nothing that is right: newlines that are there, and a short last line without one', async () => {
    const frames = [
      frame('stdout', piece),
      frame('stdout', 'rest\n'),
      frame('stdout', 'short\n'),
      frame('stdout', 'end'),
    ];
    expect(await restored(frames)).toEqual({ out: `${piece}rest\nshort\nend`, err: '' });
  });

  it.each([7, 16_400, 100_000])('does the same with times, in pieces of %i bytes', async (size) => {
    const frames = [
      frame('stdout', stamp + piece),
      frame('stdout', `${stamp}rest`),
      frame('stdout', stamp + piece),
      frame('stdout', stamp),
      frame('stdout', `${stamp}end`),
    ];
    expect(await restored(frames, true, size)).toEqual({ out: `${piece}rest\n${piece}\nend`, err: '' });
  });

  it('leaves it to the reader of frames to tell that the last one is cut', async () => {
    const cut = [frame('stdout', 'whole\n'), frame('stdout', 'half').subarray(0, 10)];
    await expect(restored(cut)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(restored([frame('stdout', 'a').subarray(0, 5)])).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });
});
