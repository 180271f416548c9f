import { expect, it } from 'vitest';
import { requireTrained } from './requirements.ts';

it('takes a distance of 1e-6 and an accuracy of 0.95', () => {
  expect(() => requireTrained({ distance: 1e-6, accuracy: 0.95 })).not.toThrow();
});

it.each([1.01e-6, 1, Number.NaN, Number.POSITIVE_INFINITY])('rejects a distance of %d', (distance) => {
  expect(() => requireTrained({ distance, accuracy: 1 })).toThrow(/away from pooled training, more than 0\.000001$/);
});

it.each([0.9499, 0, Number.NaN])('rejects an accuracy of %d', (accuracy) => {
  expect(() => requireTrained({ distance: 0, accuracy })).toThrow(/below 0\.95$/);
});
