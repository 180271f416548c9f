import assert from 'node:assert/strict';
import { groupByMount } from '@fairlead/core/backend';
import { describe, it } from 'vitest';
import { call, fakeLibpod } from './__fixtures__/fake-libpod.ts';
import { copyFiles } from './files.ts';

const content = new Uint8Array([1]);
const file = (target: string) => ({ target, content, mode: 0o644 });

describe('copyFiles', () => {
  it('keeps root as the owner also with Podman 4 (C82), and lets no file replace a folder', async () => {
    await using service = await fakeLibpod(() => ({}), '4.3.1');
    await copyFiles(service.client, 'i', groupByMount([file('/data/a')], ['/data']), call());
    const [seen] = service.seen;
    assert.equal(seen?.method, 'PUT');
    assert.equal(seen.path, '/containers/i/archive');
    assert.equal(seen.query.toString(), 'path=%2Fdata&copyUIDGID=false&noOverwriteDirNonDir=true');
    assert.equal(seen.body.slice(0, 1), 'a');
  });
});
