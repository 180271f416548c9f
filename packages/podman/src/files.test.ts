import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { call, fakeLibpod } from './__fixtures__/fake-libpod.ts';
import { copyFiles, groupByMount } from './files.ts';

const content = new Uint8Array([1]);
const file = (target: string) => ({ target, content, mode: 0o644 });

describe('groupByMount', () => {
  it('puts files into the innermost mount that holds them: an archive at / would go below the mounts', () => {
    const targets = ['/etc/x', '/data/a', '/data/deep/b', '/datax/c', '/data//deep/./d/e'];
    const groups = groupByMount(targets.map(file), ['/data', '/data/deep/']);
    const found = groups.map(({ root, files }) => [root, files.map(({ name }) => name)]);
    assert.deepEqual(found, [
      ['/', ['etc/x', 'datax/c']],
      ['/data', ['a']],
      ['/data/deep', ['b', 'd/e']],
    ]);
  });
});

describe('copyFiles', () => {
  it('keeps root as the owner also with Podman 4 (C82)', async () => {
    await using service = await fakeLibpod(() => ({}), '4.3.1');
    await copyFiles(service.client, 'i', groupByMount([file('/data/a')], ['/data']), call());
    const [seen] = service.seen;
    assert.equal(seen?.method, 'PUT');
    assert.equal(seen.path, '/containers/i/archive');
    assert.equal(seen.query.toString(), 'path=%2Fdata&copyUIDGID=false');
    assert.equal(seen.body.slice(0, 1), 'a');
  });
});
