import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { CreatePlan } from '@fairlead/core/backend';
import { createArgs, mountRecord, type CreateFacts } from './create-args.ts';

const facts: CreateFacts = {
  environment: { file: '', inherited: {} },
  remote: false,
  limitsPids: true,
  imageEntrypoint: [],
};

function plan(more: Partial<CreatePlan> = {}): CreatePlan {
  return {
    name: 'f-1',
    image: { format: 'registry', name: 'x' },
    imageConfig: undefined,
    labels: {},
    command: undefined,
    entrypoint: undefined,
    env: {},
    workdir: undefined,
    user: undefined,
    mounts: [],
    files: [],
    network: { mode: 'none' },
    resources: {},
    readOnlyRootfs: false,
    stopSignal: undefined,
    stopGraceSeconds: 10,
    autoRemove: false,
    ensured: { id: 'sha' },
    ...more,
  };
}

const args = (more: Partial<CreatePlan> = {}, other: Partial<CreateFacts> = {}): readonly string[] =>
  createArgs(plan(more), { ...facts, ...other });

describe('createArgs', () => {
  it('gives every default that containers.conf could change', () => {
    assert.deepEqual(args(), [
      'create',
      '--name=f-1',
      '--hostname=f-1',
      '--pull=never',
      '--restart=no',
      '--log-driver=k8s-file',
      '--log-opt=max-size=9007199254740991',
      '--shm-size=67108864b',
      '--ipc=private',
      '--pid=private',
      '--uts=private',
      '--umask=0022',
      '--sdnotify=ignore',
      '--systemd=false',
      '--init=false',
      '--no-healthcheck',
      '--http-proxy=false',
      '--env-host=false',
      '--stop-timeout=10',
      '--network=none',
      '--pids-limit=-1',
      'sha',
    ]);
  });

  it('leaves out what the command lacks when it talks to a service (B6)', () => {
    const found = args({}, { remote: true });
    assert.ok(!found.includes('--env-host=false') && !found.includes('--http-proxy=false'));
  });

  it('puts image and command last, where nothing is taken for an option', () => {
    const command = ['--privileged', '-v', '', 'a b', 'ä\n$HOME`id`'];
    assert.deepEqual(args({ command }).slice(-6), ['sha', ...command]);
  });

  it('keeps commas, equals signs and newlines of labels (H20)', () => {
    const found = args({ labels: { k: 'a,b="c"', l: '-x=y\nz', m: '' } });
    assert.deepEqual(
      found.filter((argument) => argument.startsWith('--label')),
      ['--label=k=a,b="c"', '--label=l=-x=y\nz', '--label=m='],
    );
  });

  it('writes an entrypoint as JSON, so that its words stay apart', () => {
    assert.ok(args({ entrypoint: ['/bin/sh', '-c', 'a "b"'] }).includes('--entrypoint=["/bin/sh","-c","a \\"b\\""]'));
    assert.ok(args({ entrypoint: [], command: ['ls'] }).includes('--entrypoint=[]'));
    assert.ok(!args({ command: ['ls'] }).some((argument) => argument.startsWith('--entrypoint')));
  });

  it("gives the image's own entrypoint where a plan says no arguments, because podman cannot say that", () => {
    assert.ok(args({ command: [] }, { imageEntrypoint: ['/run.sh'] }).includes('--entrypoint=["/run.sh"]'));
  });

  it('never puts a value of the environment into an argument', () => {
    const environment = { file: 'A=secret\n', inherited: { B: 'top\nsecret' } };
    const found = args({ env: { A: 'secret', B: 'top\nsecret' } }, { environment });
    assert.deepEqual(
      found.filter((argument) => argument.startsWith('--env')),
      ['--env-host=false', '--env-file=/dev/stdin', '--env=B'],
    );
    assert.ok(!found.join(' ').includes('secret'));
  });

  it('maps user, workdir, stop signal and grace', () => {
    const found = args({ user: '1000:1000', workdir: '/a b', stopSignal: 'SIGUSR1', stopGraceSeconds: 0 });
    for (const argument of ['--user=1000:1000', '--workdir=/a b', '--stop-signal=SIGUSR1', '--stop-timeout=0']) {
      assert.ok(found.includes(argument), argument);
    }
  });

  it('maps networks', () => {
    for (const mode of ['none', 'private', 'host'] as const) {
      assert.ok(args({ network: { mode } }).includes(`--network=${mode}`));
    }
  });

  it('maps limits, and lifts the limit of processes that podman sets itself (C107)', () => {
    const found = args({ resources: { memoryBytes: 67_108_864, cpus: 0.5, pids: 20 } });
    for (const argument of ['--memory=67108864b', '--cpus=0.5', '--pids-limit=20']) {
      assert.ok(found.includes(argument), argument);
    }
    assert.ok(!args({}, { limitsPids: false }).some((argument) => argument.startsWith('--pids-limit')));
  });

  it('makes the root read-only with all folders of podman’s own, and keeps /dev/shm writable (C108)', () => {
    const found = args({ readOnlyRootfs: true });
    for (const argument of [
      '--read-only=true',
      '--read-only-tmpfs=false',
      '--mount=type=tmpfs,notmpcopyup,noexec,tmpfs-mode=1777,tmpfs-size=67108864,target=/dev/shm',
    ]) {
      assert.ok(found.includes(argument), argument);
    }
    const own = args({ readOnlyRootfs: true, mounts: [{ type: 'tmpfs', target: '/dev//shm/', readOnly: true }] });
    assert.equal(own.filter((argument) => argument.startsWith('--mount')).length, 1);
  });
});

describe('mountRecord', () => {
  it('takes every path as a field of CSV, quoted as a whole where it must be', () => {
    const source = '/data/a,b:c=d "e"\nf';
    assert.equal(
      mountRecord({ type: 'bind', source, target: '/in', readOnly: true }),
      'type=bind,"source=/data/a,b:c=d ""e""\nf",target=/in,ro=true',
    );
    assert.equal(mountRecord({ type: 'bind', source: '/-x', target: '/a//b/' }), 'type=bind,source=/-x,target=/a/b/');
  });

  it('names volumes, and mounts a tmpfs without programs or copies of the image (C109)', () => {
    assert.equal(mountRecord({ type: 'volume', volume: 'v', target: '/v' }), 'type=volume,source=v,target=/v');
    assert.equal(
      mountRecord({ type: 'tmpfs', target: '/t', sizeBytes: 4096, readOnly: true }),
      'type=tmpfs,notmpcopyup,noexec,tmpfs-mode=1777,tmpfs-size=4096,target=/t,ro=true',
    );
  });
});
