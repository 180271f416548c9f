import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Discovered } from '@fairlead/core/backend';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discover } from './discover.ts';
import singularityModule from './index.ts';
import { optionsSchema, type SingularityOptions } from './options.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-discover-'));
  await mkdir(join(folder, 'a'));
  await mkdir(join(folder, 'b'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const put = (...path: readonly string[]) => writeFile(join(folder, ...path), '#!/bin/sh\n', { mode: 0o755 });
const look = async () => {
  const env = { PATH: `${join(folder, 'a')}:${join(folder, 'b')}` };
  const all: Discovered<SingularityOptions>[] = [];
  for await (const found of discover({ env, uid: 1, home: '/' })) all.push(found);
  return all;
};

describe('discover', () => {
  it('offers Apptainer before SingularityCE, by absolute path', async () => {
    await put('a', 'singularity');
    await put('b', 'apptainer');
    expect((await look()).map((found) => found.endpoint)).toEqual([
      join(folder, 'b', 'apptainer'),
      join(folder, 'a', 'singularity'),
    ]);
  });

  it('offers an engine with two names once', async () => {
    await put('a', 'apptainer');
    await symlink('apptainer', join(folder, 'a', 'singularity'));
    expect(await look()).toEqual([
      {
        found: true,
        endpoint: join(folder, 'a', 'apptainer'),
        door: 'command',
        daemonless: true,
        options: { command: join(folder, 'a', 'apptainer') },
      },
    ]);
  });

  it('tells what is missing and what to do about it', async () => {
    const found = await look();
    expect(found.map(({ found: there, endpoint }) => [there, endpoint])).toEqual([
      [false, 'apptainer'],
      [false, 'singularity'],
    ]);
    expect(found[0]).toMatchObject({
      reason: expect.stringContaining('PATH'),
      hint: expect.stringContaining('Install'),
    });
  });
});

describe('the module', () => {
  it('names its formats without touching anything', () => {
    expect(singularityModule).toMatchObject({
      name: 'singularity',
      formats: ['sif', 'squashfs', 'sandbox'],
      loads: [],
      kube: false,
    });
  });

  it('refuses options that it does not know, and a command that is no absolute path', () => {
    expect(optionsSchema().safeParse({ comand: '/x' }).success).toBe(false);
    expect(optionsSchema().safeParse({ command: 'apptainer' }).success).toBe(false);
    expect(optionsSchema().safeParse({ command: '/usr/bin/apptainer' }).success).toBe(true);
    expect(optionsSchema().safeParse({}).success).toBe(true);
  });
});
