import { expect, it } from 'vitest';
import { median, sample, sampleReported } from './contender.ts';

it('takes turns, each round in another order, and does not count the first two', async () => {
  const order: string[] = [];
  const contender = (name: string) => ({ name, run: async () => order.push(name) });
  const samples = await sampleReported([contender('a'), contender('b'), contender('c')], 2);
  expect(order.join('')).toBe('abcbcacababc');
  expect(samples).toEqual({ a: [8, 10], b: [9, 11], c: [7, 12] });
});

it('a contender that fails ends the measurement', async () => {
  const failure = new Error('mine');
  await expect(sample([{ name: 'a', run: () => Promise.reject(failure) }], 1)).rejects.toBe(failure);
});

it('the median is the middle, or the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 7])).toBe(6);
  expect(median([])).toBeNaN();
});
