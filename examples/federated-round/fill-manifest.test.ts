import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { fillManifest } from './fill-manifest.ts';

const template = await readFile(new URL('algorithm/pod.yaml', import.meta.url), 'utf8');
const words = { pod: 'p', model: 'm', weights: '0\n', image: 'i', data: '/d', result: 'r' };

it('fills in every word of the manifest of the demo', () => {
  const filled = fillManifest(template, words);
  expect(
    filled
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n'),
  ).not.toContain('__');
  expect(filled).toContain('hostPath: { path: "/d", type: Directory }');
});

it('keeps a value from becoming structure, whatever it holds', () => {
  const hostile = '"}\n---\nkind: Secret\nname: __pod__ $& \u2028';
  const filled = fillManifest('data: { path: __data__ }', { data: hostile });
  expect(filled.split('\n')).toHaveLength(1);
  expect(JSON.parse(filled.slice('data: { path: '.length, -' }'.length))).toBe(hostile);
});

it('names a word that nothing fills in', () => {
  expect(() => fillManifest(template, { pod: 'p', model: 'm', weights: '' })).toThrow('the manifest wants __image__');
});
