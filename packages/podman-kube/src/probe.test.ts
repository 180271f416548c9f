import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { unsupported } from '@fairlead/core';
import { openEstate, type Discovered, type DiscoveryEnv } from '@fairlead/core/backend';
import { fakePodman } from './__fixtures__/fake-podman.ts';
import { discover } from './discover.ts';
import { podmanKubeOptions, type PodmanKubeOptions } from './options.ts';
import { openPodmanCli } from './podman-cli.ts';
import { probePodman, toProbe, type Probing } from './probe.ts';
import { engineId, type EngineRecord } from './engine-record.ts';
import { isBefore } from './version.ts';

const call = { signal: new AbortController().signal };
const record: EngineRecord = {
  version: '5.8.6',
  architecture: 'amd64',
  os: 'linux',
  rootless: false,
  remote: false,
  cgroupVersion: 'v2',
  cgroupControllers: ['cpu', 'memory', 'pids'],
  graphRoot: '/g',
  runRoot: '/r',
  networkHelpers: [],
};

const here = { endpoint: '/p', mount: unsupported('not tried') };
const calling = { ...call, mounts: false };
const asked = (options: PodmanKubeOptions): Probing => ({
  cli: openPodmanCli(options),
  estate: openEstate({ owner: 'o', stateFolder: '/nonexistent/state' }),
  onEngine: () => undefined,
});

describe('probePodman', () => {
  it('names the store by its two folders, so that one store through two doors is one engine', () => {
    assert.match(engineId(record), /^[0-9a-f]{40}$/);
    assert.equal(engineId({ graphRoot: '/g', runRoot: '/r', remote: true }), engineId(record));
    assert.notEqual(engineId({ ...record, graphRoot: '/h' }), engineId(record));
  });

  it('names the stores of other hosts by their services, which have the same two folders', async () => {
    const told = JSON.stringify({
      host: { arch: 'amd64', serviceIsRemote: true },
      store: { graphRoot: '/g', runRoot: '/r' },
      version: { Version: '5.8.6' },
    });
    using podman = fakePodman([{ match: 'info', stdout: told }]);
    const idBy = async (CONTAINER_HOST: string): Promise<string> => {
      const probe = await probePodman(asked({ command: podman.command, env: { CONTAINER_HOST } }), calling);
      return probe.usable ? probe.engineId : probe.reason;
    };
    const there = await idBy('ssh://there/x');
    assert.match(there, /^[0-9a-f]{40}$/);
    assert.equal(await idBy('ssh://there/x'), there);
    assert.equal(new Set([there, await idBy('ssh://elsewhere/x'), await idBy('unix:///x')]).size, 3);
    assert.equal(await idBy('unix:///x'), engineId(record));
  });

  it('refuses limits without a controller, which podman would ignore with 0 (C4, C15), each by itself', () => {
    const probe = toProbe(
      {
        ...record,
        rootless: true,
        cgroupVersion: 'v1',
        cgroupControllers: ['pids'],
        networkHelpers: ['/usr/bin/pasta'],
      },
      here,
    );
    assert.ok(probe.usable);
    assert.equal(probe.supports['resources.memoryBytes'].kind, 'unsupported');
    assert.equal(probe.supports['resources.cpus'].kind, 'unsupported');
    assert.equal(probe.supports['resources.pids'].kind, 'native');
    assert.equal(probe.supports['network.private'].kind, 'native');
  });

  it('needs pasta or slirp4netns for an ordinary user’s private network', () => {
    const probe = toProbe({ ...record, rootless: true }, here);
    assert.ok(probe.usable && probe.supports['network.private'].kind === 'unsupported');
  });

  it('tells a podman behind a service, which does not see this host’s files', () => {
    const probe = toProbe({ ...record, remote: true, elsewhere: 'ssh://there' }, here);
    assert.ok(probe.usable && !probe.sharesHostFiles && probe.notes.some((note) => note.includes('service')));
  });

  it('tells the variables that podman adds, TERM before 5.0', () => {
    const probe = toProbe({ ...record, version: '4.3.1' }, here);
    assert.ok(probe.usable && probe.addedEnvironment.includes('TERM'));
    assert.deepEqual(
      [isBefore('4.3.1', '4.6'), isBefore('5.0.0-rc1', '5.0'), isBefore('10.1.0', '9.9')],
      [true, false, false],
    );
  });

  it('is unusable, with reason and remedy, where podman is absent or fails (V22)', async () => {
    const absent = await probePodman(asked({ command: 'no-such-podman' }), calling);
    assert.ok(!absent.usable && absent.reason.includes('no-such-podman') && absent.hint !== undefined);
    using broken = fakePodman([{ match: 'info', code: 125, stderr: 'Error: cannot open the store\n' }]);
    const failing = await probePodman(asked({ command: broken.command }), calling);
    assert.ok(!failing.usable && failing.reason.includes('cannot open the store'));
  });

  it('rejects with the reason when it is cancelled', async () => {
    const reason = new Error('enough');
    await assert.rejects(probePodman(asked({}), { ...calling, signal: AbortSignal.abort(reason) }), reason);
  });
});

async function found(env: DiscoveryEnv): Promise<readonly Discovered<PodmanKubeOptions>[]> {
  const all: Discovered<PodmanKubeOptions>[] = [];
  for await (const one of discover(env, call)) all.push(one);
  return all;
}

describe('discover', () => {
  it('finds podman on the PATH that it is given, without any socket (B27)', async () => {
    using podman = fakePodman([]);
    const all = await found({ env: { PATH: podman.folder }, uid: 0, home: '/' });
    assert.deepEqual(all, [
      {
        found: true,
        endpoint: podman.command,
        door: 'command',
        daemonless: true,
        options: { command: podman.command },
      },
    ]);
  });

  it('says that a podman which its variables send to a service is not daemonless', async () => {
    using podman = fakePodman([]);
    const env = { PATH: podman.folder, CONTAINER_HOST: 'unix:///x' };
    const [one] = await found({ env, uid: 0, home: '/' });
    assert.ok(one?.found === true && !one.daemonless);
  });

  it('tells a miss with its reason', async () => {
    const [one] = await found({ env: { PATH: '/nonexistent' }, uid: 0, home: '/' });
    assert.ok(one?.found === false && one.reason.includes('PATH') && one.hint !== undefined);
  });
});

describe('podmanKubeOptions', () => {
  it('takes the documented options and nothing else', () => {
    const schema = podmanKubeOptions();
    assert.ok(
      schema.safeParse({ command: '/usr/bin/podman', root: '/a', runroot: '/b', globalArgs: ['--x'], env: { A: 'b' } })
        .success,
    );
    for (const wrong of [
      { socketPath: '/x' },
      { command: 'bin/podman' },
      { root: 'relative' },
      { env: { 'A=B': 'c' } },
      { globalArgs: ['a\0'] },
    ]) {
      assert.equal(schema.safeParse(wrong).success, false);
    }
  });
});
