import { describe, expect, it } from 'vitest';
import type { LogChunk, LogSource } from '../logs.ts';
import { Tail } from './tail.ts';

function chunk(text: string, stream: LogSource = 'stdout'): LogChunk {
  return { stream, bytes: new TextEncoder().encode(text) };
}

function lastOf(most: number, ...chunks: readonly LogChunk[]): string {
  const tail = new Tail(most);
  for (const one of chunks) tail.push(one);
  return tail
    .take()
    .map(({ bytes }) => new TextDecoder().decode(bytes))
    .join('');
}

describe('Tail', () => {
  it('counts lines, not chunks (C49)', () => {
    expect(lastOf(2, chunk('a\nb\nc'), chunk('c\nd\n'))).toBe('cc\nd\n');
  });

  it('counts lines of both streams together', () => {
    expect(lastOf(2, chunk('o1\n'), chunk('e1\n', 'stderr'), chunk('o2\n'))).toBe('e1\no2\n');
  });

  it('keeps the pieces of a line together that another stream cuts into', () => {
    expect(lastOf(2, chunk('o'), chunk('e1\n', 'stderr'), chunk('1\n'))).toBe('o1\ne1\n');
  });

  it('counts what has no newline yet as a line', () => {
    expect(lastOf(1, chunk('a\nb'))).toBe('b');
  });

  it('gives nothing for 0, and all if there is less', () => {
    expect(lastOf(0, chunk('a\nb'))).toBe('');
    expect(lastOf(9, chunk('a\nb'))).toBe('a\nb');
  });

  it('drops nothing of a newline-only chunk', () => {
    expect(lastOf(2, chunk('\n'), chunk('\n'), chunk('\n'))).toBe('\n\n');
  });
});
