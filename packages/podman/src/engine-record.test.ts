import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { parseEngine, parseIdentity, parseRefusal } from './engine-record.ts';
import { podmanEngineId, toProbe } from './probe.ts';

const info43 = {
  host: {
    arch: 'amd64',
    cgroupControllers: ['cpuset', 'cpu', 'memory', 'pids'],
    cgroupVersion: 'v1',
    ociRuntime: { name: 'crun' },
    security: { rootless: false, selinuxEnabled: false },
    slirp4netns: { executable: '/usr/bin/slirp4netns' },
  },
  store: { graphRoot: '/var/lib/containers/storage', runRoot: '/run/containers/storage' },
  version: { Version: '4.3.1' },
};
const rootless58 = {
  ...info43,
  host: {
    ...info43.host,
    cgroupControllers: [],
    security: { rootless: true, selinuxEnabled: false },
    slirp4netns: { executable: '' },
    pasta: { executable: '/usr/bin/pasta' },
  },
  version: { Version: '5.8.6' },
};

function answer(headers: Readonly<Record<string, string>>, status = 200) {
  return { status, header: (name: string) => headers[name] };
}

describe('parseIdentity', () => {
  it.each([
    ['4.3.1', 4, '/v4.0.0/libpod'],
    ['5.8.6', 5, '/v5.0.0/libpod'],
    ['6.0.0-dev', 6, '/v5.0.0/libpod'],
  ] as const)('knows Podman %s by its header, not by what it accepts (C1)', (version, major, prefix) => {
    assert.deepEqual(parseIdentity(answer({ 'Libpod-Api-Version': version })), { version, major, prefix });
  });

  it('recognises that Docker answers (C2)', () => {
    assert.throws(() => parseIdentity(answer({ Server: 'Docker/28.5.2 (linux)' }, 404)), /not Podman but Docker\/28/);
  });

  it('refuses Podman 3', () => {
    assert.throws(() => parseIdentity(answer({ 'Libpod-Api-Version': '3.4.4' })), /3\.4\.4 is too old/);
  });
});

describe('parseRefusal', () => {
  it('takes cause and words of a JSON body', () => {
    const text = '{"cause":"no such volume","message":"no volume","response":404}';
    assert.deepEqual(parseRefusal(text), { cause: 'no such volume', message: 'no volume' });
  });

  it('takes the first of two documents in one body (C27)', () => {
    const text = '{"cause":"a","message":"b","response":500}\n{"cause":"c","message":"d","response":404}\n';
    assert.deepEqual(parseRefusal(text), { cause: 'a', message: 'b' });
  });

  it('keeps text that is no JSON, and takes an empty body (C25, C26)', () => {
    assert.deepEqual(parseRefusal('Not Found\n'), { cause: undefined, message: 'Not Found' });
    assert.deepEqual(parseRefusal(''), { cause: undefined, message: '' });
  });
});

describe('what an engine can do', () => {
  it('comes from the cgroup controllers, which alone tell whether limits hold (C4, C15)', () => {
    const { supports, notes } = toProbe(parseEngine(rootless58), 'unix:///x');
    for (const key of ['resources.memoryBytes', 'resources.cpus', 'resources.pids'] as const) {
      const support = supports[key];
      assert.equal(support.kind, 'unsupported');
      assert.match(
        support.kind === 'unsupported' ? `${support.reason} ${support.hint ?? ''}` : '',
        /cgroup controller .*Delegate/,
      );
    }
    assert.ok(notes.some((note) => note.includes('cgroups v1')));
    assert.equal(toProbe(parseEngine(info43), 'unix:///x').supports['resources.pids'].kind, 'native');
  });

  it('has a private network only where the engine finds a program for one', () => {
    assert.equal(toProbe(parseEngine(rootless58), 'x').supports['network.private'].kind, 'native');
    const bare = { ...rootless58, host: { ...rootless58.host, pasta: null } };
    assert.equal(toProbe(parseEngine(bare), 'x').supports['network.private'].kind, 'unsupported');
  });

  it('tells what the engine adds to every environment (C115)', () => {
    assert.ok(toProbe(parseEngine(info43), 'x').addedEnvironment.includes('TERM'));
    assert.ok(!toProbe(parseEngine(rootless58), 'x').addedEnvironment.includes('TERM'));
  });

  it('says that Podman 4 tells times in whole seconds (C46)', () => {
    assert.ok(toProbe(parseEngine(info43), 'x').notes.some((note) => note.includes('whole seconds')));
  });

  it('names the store: another graph root is another engine', () => {
    const roots = { graphRoot: '/a', runRoot: '/b' };
    assert.match(podmanEngineId(roots), /^[0-9a-f]{40}$/);
    assert.equal(podmanEngineId(roots), podmanEngineId({ ...roots }));
    assert.notEqual(podmanEngineId(roots), podmanEngineId({ ...roots, graphRoot: '/c' }));
  });
});
