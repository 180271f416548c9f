import { expect, it } from 'vitest';

import { labPaths } from './paths.ts';

it('puts the lab below the cache directory unless FAIRLEAD_LAB_DIR says where', () => {
  expect(labPaths({ HOME: '/home/u' }).folder).toBe('/home/u/.cache/fairlead-lab');
  expect(labPaths({ HOME: '/home/u', XDG_CACHE_HOME: '/c' }).folder).toBe('/c/fairlead-lab');
  expect(labPaths({ HOME: '/home/u', XDG_CACHE_HOME: '/c', FAIRLEAD_LAB_DIR: '/l' }).folder).toBe('/l');
});

it('gives two folders two ids, so that their cgroups differ', () => {
  expect(labPaths({ FAIRLEAD_LAB_DIR: '/a' }).id).not.toBe(labPaths({ FAIRLEAD_LAB_DIR: '/b' }).id);
});

it('refuses a folder whose sockets would have too long a path, naming it and the remedy', () => {
  const folder = `/${'x'.repeat(64)}`;
  expect(() => labPaths({ FAIRLEAD_LAB_DIR: folder })).toThrow(folder);
  expect(() => labPaths({ FAIRLEAD_LAB_DIR: folder })).toThrow(/FAIRLEAD_LAB_DIR to a shorter one/);
});
