import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { openSession } from '@fairlead/core/backend';
import { openScratch, sweepScratch } from './scratch.ts';

describe('scratch folders', () => {
  const session = openSession();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scratch-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are private, tell whose they are, and go with their use', async () => {
    let path: string;
    {
      await using scratch = await openScratch(session);
      path = scratch.path;
      assert.deepEqual(await readdir(path), ['session.json']);
      await sweepScratch();
      assert.equal(existsSync(path), true);
    }
    assert.equal(existsSync(path), false);
  });

  it('are swept when their session is dead, or never came to say who it is', async () => {
    const make = async (name: string, proof?: object): Promise<void> => {
      await mkdir(join(folder, name));
      if (proof !== undefined) await writeFile(join(folder, name, 'session.json'), JSON.stringify(proof));
    };
    const dead = { ...session.proof, pid: 1, startTime: 'never' };
    await make('fairlead-podman-dead', dead);
    await make('fairlead-podman-live', session.proof);
    await make('fairlead-podman-other', { ...dead, hostId: 'another' });
    await make('fairlead-podman-new');
    await make('fairlead-podman-old');
    await make('not-ours', dead);
    const past = new Date(Date.now() - 120_000);
    await utimes(join(folder, 'fairlead-podman-old'), past, past);
    await sweepScratch(folder);
    assert.deepEqual((await readdir(folder)).toSorted(), [
      'fairlead-podman-live',
      'fairlead-podman-new',
      'fairlead-podman-other',
      'not-ours',
    ]);
  });

  it('are not mistaken for links of others to a folder of this user, which only others could remove', async () => {
    const past = new Date(Date.now() - 120_000);
    await mkdir(join(folder, 'mine'));
    await writeFile(join(folder, 'mine', 'kept'), '');
    await symlink('mine', join(folder, 'fairlead-podman-link'));
    await utimes(join(folder, 'mine'), past, past);
    assert.deepEqual(await sweepScratch(folder), []);
    assert.deepEqual((await readdir(folder)).toSorted(), ['fairlead-podman-link', 'mine']);
    assert.deepEqual(await readdir(join(folder, 'mine')), ['kept']);
  });

  it('are left, and not told, where they cannot be removed; the others go', async () => {
    const dead = JSON.stringify({ ...session.proof, pid: 1, startTime: 'never' });
    for (const name of ['fairlead-podman-a', 'fairlead-podman-b']) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'session.json'), dead);
    }
    const removed = await sweepScratch(folder, async (path) => {
      if (path.endsWith('a')) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      await rm(path, { recursive: true });
    });
    assert.deepEqual(removed, [join(folder, 'fairlead-podman-b')]);
    assert.deepEqual(await readdir(folder), ['fairlead-podman-a']);
  });
});
