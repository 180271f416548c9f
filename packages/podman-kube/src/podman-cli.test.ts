import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { openEstate } from '@fairlead/core/backend';
import { fakePodman } from './__fixtures__/fake-podman.ts';
import { openBackend } from './backend.ts';
import { globalArguments, openPodmanCli, podmanEnvironment, serviceElsewhere } from './podman-cli.ts';

const call = { signal: new AbortController().signal };

describe('openPodmanCli', () => {
  it('gives root, runroot and global arguments before every verb, kube down among them (B7, B9, H11)', async () => {
    using podman = fakePodman([
      {
        match: ' info',
        stdout: JSON.stringify({
          host: { arch: 'amd64' },
          store: { graphRoot: '/g', runRoot: '/r' },
          version: { Version: '5.8.6' },
        }),
      },
      { match: ' (ps|pod ps|volume ls|container inspect)', stdout: '[]' },
    ]);
    const options = {
      command: podman.command,
      root: '/store',
      runroot: '/run/store',
      globalArgs: ['--url=unix:///x.sock'],
    };
    const backend = openBackend(options, openEstate({ owner: 'o', stateFolder: podman.folder }));
    await backend.probe({ ...call, mounts: false });
    await backend.list({}, call);
    await backend.start('a', call);
    await backend.stop('a', { graceSeconds: 3 }, call);
    await backend.remove('a', call);
    await backend.volumes?.list({}, call);
    await backend.kube?.list(call);
    const before = ['--root=/store', '--runroot=/run/store', '--url=unix:///x.sock'];
    assert.deepEqual(globalArguments(options), before);
    const calls = podman.calls();
    assert.deepEqual(
      calls.map(({ args }) => args[3]),
      ['info', 'ps', 'start', 'stop', 'rm', 'volume'],
    );
    for (const { args } of calls) assert.deepEqual(args.slice(0, 3), before);
  });

  it('gives podman this process’s environment with the caller’s additions (B6, B8), but no sockets of systemd', () => {
    const own = { PATH: '/bin', NOTIFY_SOCKET: '/n', LISTEN_FDS: '1', CONTAINER_HOST: 'a' };
    const found = podmanEnvironment({ env: { CONTAINER_HOST: 'b', REGISTRY_AUTH_FILE: '/auth' } }, own);
    assert.deepEqual(found, {
      PODMAN_IGNORE_CGROUPSV1_WARNING: '1',
      PATH: '/bin',
      CONTAINER_HOST: 'b',
      REGISTRY_AUTH_FILE: '/auth',
    });
  });

  it('knows a service on this host by its socket (B18), and names one elsewhere', () => {
    assert.equal(serviceElsewhere([], {}), undefined);
    assert.equal(serviceElsewhere([], { CONTAINER_HOST: 'unix:///run/x.sock' }), undefined);
    assert.equal(serviceElsewhere(['--url=unix:///x'], {}), undefined);
    const ssh = 'ssh://me@there/run/x.sock';
    assert.equal(serviceElsewhere([], { CONTAINER_HOST: ssh }), ssh);
    const tcp = ['--remote', '--url', 'tcp://there:1'];
    assert.equal(serviceElsewhere(tcp, { CONTAINER_HOST: 'unix:///x' }), 'tcp://there:1');
    for (const named of [['--connection=there'], ['--connection', 'there'], ['-c', 'there'], ['-cthere']])
      assert.equal(serviceElsewhere(named, {}), 'there');
    assert.equal(serviceElsewhere([], { CONTAINER_CONNECTION: 'there' }), 'there');
  });

  it('rejects UNAVAILABLE, with what to do, where there is no podman', async () => {
    const cli = openPodmanCli({ command: 'no-such-podman' });
    await assert.rejects(
      cli.run({ operation: 'x', args: [] }, call),
      (error) => FairleadError.is(error, 'UNAVAILABLE') && error.hint !== undefined,
    );
  });

  it('takes warnings on stderr for no failure (H10), and tells argv and stderr of a failure without secrets', async () => {
    using podman = fakePodman([
      { match: 'good', stderr: 'level=error msg="strange"\n' },
      { match: 'bad', code: 125, stderr: 'Error: invalid argument hunter22\n' },
    ]);
    const cli = openPodmanCli({ command: podman.command });
    assert.equal((await cli.run({ operation: 'x', args: ['good'] }, call)).code, 0);
    await assert.rejects(cli.run({ operation: 'x', args: ['bad'], secrets: ['hunter22'] }, call), (error) => {
      assert.ok(FairleadError.is(error, 'INVALID_SPEC'));
      assert.deepEqual(error.details['argv'], [podman.command, 'bad']);
      assert.equal(error.details['stderr'], 'Error: invalid argument ***\n');
      return true;
    });
  });
});
