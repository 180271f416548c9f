import { describe, expect, it } from 'vitest';
import type { LogChunk } from '../logs.ts';
import { demultiplex, type FrameOptions } from './log-frames.ts';

function frame(kind: number, data: string | Uint8Array): Uint8Array {
  const body = Buffer.from(data);
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(source: AsyncIterable<Uint8Array>, options?: FrameOptions): Promise<LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const chunk of demultiplex(source, options)) chunks.push(chunk);
  return chunks;
}

function textOf(chunks: readonly LogChunk[], stream: string): string {
  return Buffer.concat(chunks.filter((c) => c.stream === stream).map((c) => c.bytes)).toString();
}

describe('demultiplex', () => {
  const body = Buffer.concat([frame(1, 'one\n'), frame(1, 'two\n'), frame(2, 'bad\n'), frame(1, ''), frame(1, 'end')]);

  it.each([1, 2, 3, 7, 8, 9, 11, 1000])('keeps the streams apart in pieces of %i bytes', async (size) => {
    const chunks = await read(pieces(body, size));
    expect(textOf(chunks, 'stdout')).toBe('one\ntwo\nend');
    expect(textOf(chunks, 'stderr')).toBe('bad\n');
  });

  it('joins neighbouring frames of a stream that arrive together, and keeps their order', async () => {
    const chunks = await read(pieces(body, 1000));
    expect(chunks.map((c) => [c.stream, Buffer.from(c.bytes).toString()])).toEqual([
      ['stdout', 'one\ntwo\n'],
      ['stderr', 'bad\n'],
      ['stdout', 'end'],
    ]);
  });

  it('passes bytes that are no text unchanged', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const chunks = await read(pieces(frame(2, bytes), 100));
    expect(Buffer.concat(chunks.map((c) => c.bytes)).equals(Buffer.from(bytes))).toBe(true);
  });

  it('refuses a body that is not framed', async () => {
    await expect(read(pieces(Buffer.from('plain text of a terminal'), 5))).rejects.toMatchObject({
      code: 'ENGINE_FAILURE',
    });
  });

  it('refuses a header whose zero bytes are not zero', async () => {
    const bad = frame(1, 'x');
    bad[2] = 7;
    await expect(read(pieces(bad, 100))).rejects.toMatchObject({ code: 'ENGINE_FAILURE' });
  });

  it.each([3, 10])('reports a body that ends inside a frame, after %i bytes, as a lost connection', async (length) => {
    await expect(read(pieces(frame(1, 'four').subarray(0, length), 100))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
  });

  it('gives nothing for an empty body', async () => {
    expect(await read(pieces(Buffer.alloc(0), 1))).toEqual([]);
  });
});

describe('demultiplex with timestamps', () => {
  const first = '2026-11-21T08:00:00.123456789Z';
  const second = '2026-11-21T08:00:01+01:00';
  const body = Buffer.concat([
    frame(1, `${first} long `),
    frame(1, `${second} line\n`),
    frame(2, `${second} a\nb\nc`),
    frame(1, `${first} \n`),
  ]);

  it.each([1, 5, 31, 1000])('strips one per frame (C45) in pieces of %i bytes', async (size) => {
    const chunks = await read(pieces(body, size), { timestamps: true });
    expect(textOf(chunks, 'stdout')).toBe('long line\n\n');
    expect(textOf(chunks, 'stderr')).toBe('a\nb\nc');
    expect(chunks.every((c) => c.time === first || c.time === second)).toBe(true);
  });

  it('never gives bytes of two lines in one chunk', async () => {
    const chunks = await read(pieces(body, 1000), { timestamps: true });
    expect(chunks.map((c) => [c.stream, Buffer.from(c.bytes).toString(), c.time])).toEqual([
      ['stdout', 'long ', first],
      ['stdout', 'line\n', second],
      ['stderr', 'a\n', second],
      ['stderr', 'b\n', second],
      ['stderr', 'c', second],
      ['stdout', '\n', first],
    ]);
  });

  it.each(['no time here at all', 'x'.repeat(100)])(
    'refuses a frame that does not begin with a time: %s',
    async (text) => {
      await expect(read(pieces(frame(1, text), 1000), { timestamps: true })).rejects.toMatchObject({
        code: 'ENGINE_FAILURE',
      });
    },
  );
});
