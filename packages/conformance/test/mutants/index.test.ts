import { expect, test } from 'vitest';
import { mutants } from './index.ts';

test('every mutant has an id of its own', () => {
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
});
