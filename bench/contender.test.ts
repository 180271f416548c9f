import { expect, it } from 'vitest';
import { median, sample, sampleReported, withoutDoor } from './contender.ts';

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

it('what an empty command takes is taken off everyone who is measured from outside it', () => {
  const samples = { fairlead: [50, 60], door: [9, 100, 10], tool: [110, 30] };
  expect(withoutDoor(samples, { door: 'door', inside: 'fairlead' })).toEqual({
    samples: { fairlead: [50, 60], tool: [100, 20] },
    doorMs: 10,
  });
});
