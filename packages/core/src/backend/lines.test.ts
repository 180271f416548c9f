import { describe, expect, it } from 'vitest';
import type { LogChunk, LogSource } from '../logs.ts';
import { LineAssembler, longestLine } from './lines.ts';

function chunk(text: string | Uint8Array, stream: LogSource = 'stdout', time?: string): LogChunk {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return { stream, bytes, ...(time === undefined ? {} : { time }) };
}

function assemble(...chunks: readonly LogChunk[]): readonly object[] {
  const assembler = new LineAssembler();
  return [...chunks.flatMap((one) => assembler.push(one)), ...assembler.end()];
}

describe('LineAssembler', () => {
  it('joins the pieces of a line, and parts the lines of a chunk (C43, C44)', () => {
    expect(assemble(chunk('a'), chunk('b\nc\n\nd'), chunk('\n'))).toEqual([
      { stream: 'stdout', text: 'ab' },
      { stream: 'stdout', text: 'c' },
      { stream: 'stdout', text: '' },
      { stream: 'stdout', text: 'd' },
    ]);
  });

  it('joins each stream for itself (C42)', () => {
    expect(assemble(chunk('o1'), chunk('e1', 'stderr'), chunk('o2\n'), chunk('e2\n', 'stderr'))).toEqual([
      { stream: 'stdout', text: 'o1o2' },
      { stream: 'stderr', text: 'e1e2' },
    ]);
  });

  it('keeps a character whole that two chunks share (C51)', () => {
    const bytes = new TextEncoder().encode('€\n');
    expect(assemble(chunk(bytes.subarray(0, 1)), chunk(bytes.subarray(1)))).toEqual([{ stream: 'stdout', text: '€' }]);
  });

  it('marks what has no newline at the end as partial', () => {
    expect(assemble(chunk('a\nb'))).toEqual([
      { stream: 'stdout', text: 'a' },
      { stream: 'stdout', text: 'b', partial: true },
    ]);
  });

  it('gives a line the time of its first piece (C45)', () => {
    expect(assemble(chunk('a', 'stdout', 't1'), chunk('b\n', 'stdout', 't2'), chunk('c\n', 'stdout', 't3'))).toEqual([
      { stream: 'stdout', text: 'ab', time: 't1' },
      { stream: 'stdout', text: 'c', time: 't3' },
    ]);
  });

  it('keeps carriage returns: they were written', () => {
    expect(assemble(chunk('a\r\n'))).toEqual([{ stream: 'stdout', text: 'a\r' }]);
  });

  it('gives a line above 1 MiB in pieces, whether it comes at once or not', () => {
    const long = 'x'.repeat(longestLine + 5);
    const expected = [
      { stream: 'stdout', text: 'x'.repeat(longestLine), partial: true },
      { stream: 'stdout', text: 'xxxxx' },
    ];
    expect(assemble(chunk(`${long}\n`))).toEqual(expected);
    expect(assemble(chunk(long), chunk('\n'))).toEqual(expected);
  });

  it('cuts no character of two units at that border', () => {
    const [first, second] = assemble(chunk(`${'x'.repeat(longestLine - 1)}😀y\n`));
    expect(first).toMatchObject({ text: 'x'.repeat(longestLine - 1), partial: true });
    expect(second).toEqual({ stream: 'stdout', text: '😀y' });
  });
});
