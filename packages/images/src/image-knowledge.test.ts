import { expect, it } from 'vitest';
import { imageKnowledge } from './image-knowledge.ts';

it('gives managers a way from every format that is converted to the one that engines load (V2, V13)', () => {
  const ways = imageKnowledge.converters.flatMap(({ from, to }) => from.map((format) => [format, to]));
  expect(ways.map(([format]) => format)).toEqual([
    'oci-layout',
    'oci-archive',
    'docker-archive',
    'sif',
    'squashfs',
    'oci-sif',
  ]);
  expect(new Set(ways.map(([, to]) => to))).toEqual(new Set(['docker-archive']));
});
