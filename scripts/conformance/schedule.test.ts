import { expect, test } from 'vitest';
import { runApart } from './schedule.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('work with one key is never done at the same time, and results keep the order', async () => {
  const running: string[] = [];
  const seen: string[][] = [];
  const work = ['a', 'a', 'b', 'c', 'b'].map((key, index) => ({
    key,
    run: async () => {
      running.push(key);
      seen.push([...running]);
      await turn();
      running.splice(running.indexOf(key), 1);
      return index;
    },
  }));
  expect(await runApart(work, 2)).toEqual([0, 1, 2, 3, 4]);
  expect(seen.every((keys) => new Set(keys).size === keys.length && keys.length <= 2)).toBe(true);
  expect(seen.some((keys) => keys.length === 2)).toBe(true);
});

test('work that fails rejects the whole', async () => {
  const failing = { key: 'a', run: () => Promise.reject(new Error('no')) };
  await expect(runApart([failing], 2)).rejects.toThrow('no');
});
