import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { findOnPath } from './find-on-path.ts';

describe('findOnPath', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'find-on-path-'));
    await mkdir(join(folder, 'first', 'tool'), { recursive: true });
    for (const name of ['second', 'third']) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'tool'), '');
    }
    await chmod(join(folder, 'third', 'tool'), 0o755);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('takes the first executable file, past folders and files without permission', async () => {
    const path = ['', 'relative', 'first', 'second', 'third'].map((name) => (name === '' ? '' : join(folder, name)));
    assert.equal(await findOnPath('tool', { PATH: path.join(':') }), join(folder, 'third', 'tool'));
  });

  it('gives undefined for a name that is nowhere, or only below the current folder', async () => {
    assert.equal(await findOnPath('tool', {}), undefined);
    assert.equal(await findOnPath('tool', { PATH: ':.' }), undefined);
    assert.equal(await findOnPath('third/tool', { PATH: folder }), undefined);
  });

  it('checks an absolute path itself', async () => {
    assert.equal(await findOnPath(join(folder, 'third', 'tool'), {}), join(folder, 'third', 'tool'));
    assert.equal(await findOnPath(join(folder, 'second', 'tool'), {}), undefined);
  });
});
