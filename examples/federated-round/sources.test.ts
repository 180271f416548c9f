import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = import.meta.dirname;
const names = (await readdir(folder, { recursive: true })).filter(
  (name) => /\.(?:ts|awk|yaml)$/.test(name) && !name.endsWith('.test.ts'),
);
const sources = await Promise.all(
  names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })),
);
const found = (pattern: RegExp): readonly string[] =>
  sources.filter(({ text }) => pattern.test(text)).map(({ name }) => name);

it('looks at coordinator, sites and algorithm', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'coordinator.ts',
      'main.ts',
      'site.ts',
      'site-process.ts',
      'site-round.ts',
      'choices.ts',
      join('algorithm', 'gradient.awk'),
      join('algorithm', 'pod.yaml'),
    ]),
  );
});

it("no backend's or engine's name stands in the sources of the demo, in comments neither", () => {
  expect(found(/docker|podman|libpod|singularity|apptainer/i)).toEqual([]);
});

it('no source of the demo narrows or orders the choice, or opens an engine by its name', () => {
  expect(found(/\b(?:managers|prefer|connect)\b/)).toEqual([]);
  expect(found(/from '@fairlead\//)).toEqual([]);
});

it('coordinator and sites know the lab only by its file of endpoints, through the setting', () => {
  expect(found(/from '(?:\.\.\/){2}(?!lab\/(?:index|sites)\.ts')/)).toEqual([]);
  expect(found(/\blab\/index\.ts'/)).toEqual(['setting.ts']);
  // Which site has what is read from the file: only the lab, which writes it, describes sites of its own engines.
  expect(found(/\bdescribe(?:Rich)?Sites?\b/)).toEqual([]);
  expect(found(/\blab\.endpoints\b/)).toEqual([]);
});
