import { expect, it } from 'vitest';
import { isWriterDead, unpublishedName } from './unpublished.ts';

const mine = unpublishedName('a.b-c');
const gone = `.${2 ** 22 + 1}-`;

it('tells that the writer of a name is dead only where a process of this host, boot and namespace is gone', () => {
  expect(mine).toMatch(/^\.a\.b-c\./);
  expect(isWriterDead(mine)).toBe(false);
  expect(isWriterDead(mine.replace(`.${process.pid}-`, gone))).toBe(true);
  expect(isWriterDead(mine.replace(/-(\d+)-/, (_, start) => `-${Number(start) + 1}-`))).toBe(true);
  const elsewhere = mine.replace(/-[0-9a-f]{16}\./, `-${'0'.repeat(16)}.`).replace(`.${process.pid}-`, gone);
  expect(isWriterDead(elsewhere)).toBe(false);
  expect(isWriterDead('.a.0123456789ab')).toBe(false);
});
