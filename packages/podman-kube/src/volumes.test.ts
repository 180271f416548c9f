import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { openEstate } from '@fairlead/core/backend';
import { fakePodman } from './__fixtures__/fake-podman.ts';
import { openPodmanCli } from './podman-cli.ts';
import type { EngineRecord } from './engine-record.ts';
import { doorArgs, openVolumeDoor } from './volume-door.ts';
import { podmanVolumes, volumeCreateArgs } from './volumes.ts';

const call = { signal: new AbortController().signal };
// Only its architecture is read here.
const engine = () => Promise.resolve({ architecture: 'amd64', version: '5.8.6' } as unknown as EngineRecord);
const noDoor = () => Promise.reject(new Error('no door'));

describe('podmanVolumes', () => {
  it('writes labels as they are, and as CSV for podman before 4.6, which split them at commas', () => {
    const volume = { name: 'v', labels: { a: 'x,y="z"', b: '1' } };
    assert.deepEqual(volumeCreateArgs(volume, '5.8.6'), ['volume', 'create', '--label=a=x,y="z"', '--label=b=1', 'v']);
    assert.deepEqual(volumeCreateArgs(volume, '4.3.1'), [
      'volume',
      'create',
      '--label="a=x,y=""z"""',
      '--label=b=1',
      'v',
    ]);
  });

  it('takes the exact name only: podman finds and removes by the beginning of a name too (C88)', async () => {
    using podman = fakePodman([{ match: 'volume inspect', stdout: '[{"Name":"data-2"}]' }]);
    const volumes = podmanVolumes({ cli: openPodmanCli({ command: podman.command }), engine, openDoor: noDoor });
    assert.equal(await volumes.inspect('data', call), undefined);
    await volumes.remove('data', call);
    assert.deepEqual(
      podman.calls().map(({ args }) => args.join(' ')),
      ['volume inspect data', 'volume inspect data'],
    );
  });

  it('tells a volume in use, and resolves for one that is gone', async () => {
    const inspect = { match: 'volume inspect', stdout: '[{"Name":"v"}]' };
    using busy = fakePodman([
      inspect,
      {
        match: 'rm',
        code: 2,
        stderr: 'Error: volume v is being used by the following container(s): 1: volume is being used\n',
      },
    ]);
    using late = fakePodman([inspect, { match: 'rm', code: 1, stderr: 'Error: no such volume v\n' }]);
    const open = (command: string) => podmanVolumes({ cli: openPodmanCli({ command }), engine, openDoor: noDoor });
    await assert.rejects(open(busy.command).remove('v', call), (error) => FairleadError.is(error, 'IN_USE'));
    await open(late.command).remove('v', call);
  });
});

describe('openVolumeDoor', () => {
  it('mounts the volume read-only, without network, and carries the owner’s labels so that reap finds it', () => {
    const args = doorArgs({ name: 'n', labels: { a: 'b' }, volume: 'v', target: '/t', image: 'i' });
    for (const argument of [
      '--network=none',
      '--pull=never',
      '--label=a=b',
      '--mount=type=volume,source=v,target=/t,ro=true',
    ]) {
      assert.ok(args.includes(argument), argument);
    }
    assert.equal(args.at(-1), 'i');
  });

  it('loads its image when it is missing, and removes itself', async () => {
    const id = 'd'.repeat(64);
    using podman = fakePodman([
      { match: 'create .*empty:', code: 125, stderr: 'Error: localhost/fairlead/empty:x: image not known\n' },
      { match: '^ps', stdout: '[]' },
    ]);
    const cli = openPodmanCli({ command: podman.command });
    const opened = openVolumeDoor({ cli, estate: openEstate({ owner: 'o' }), engine }, 'v', call);
    await assert.rejects(opened, (error) => FairleadError.is(error, 'IMAGE_NOT_FOUND'));
    assert.deepEqual(
      podman.calls().map(({ args }) => args[0]),
      ['create', 'load', 'create', 'ps'],
    );
    using willing = fakePodman([{ match: 'create', stdout: `${id}\n` }]);
    {
      const other = openPodmanCli({ command: willing.command });
      await using door = await openVolumeDoor({ cli: other, estate: openEstate({ owner: 'o' }), engine }, 'v', call);
      assert.equal(door.container, id);
    }
    assert.deepEqual(
      willing.calls().map(({ args }) => args[0]),
      ['create', 'rm'],
    );
  });
});
