import assert from 'node:assert/strict';
import type { CreatePlan } from '@fairlead/core/backend';
import { describe, it } from 'vitest';
import { createBody, type CreateContext } from './create-body.ts';

const plain: CreatePlan = {
  name: 'f-1',
  image: { format: 'registry', name: 'docker.io/library/busybox:1' },
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
  ensured: { id: 'sha256:ab' },
};

function body(fields: Partial<CreatePlan>, context: Partial<CreateContext> = {}): Readonly<Record<string, unknown>> {
  return createBody({ ...plain, ...fields }, { limitsPids: false, imageEntrypoint: [], ...context });
}

describe('createBody', () => {
  it('names the container, its host and its image by the bare id', () => {
    const { name, hostname, image } = body({ name: 'f-2' });
    assert.deepEqual({ name, hostname, image }, { name: 'f-2', hostname: 'f-2', image: 'ab' });
  });

  it('gives labels and environment as they are, blanks and newlines too', () => {
    const labels = { 'a/b': 'c=d,e' };
    const env = { A: '1 "2"\n$HOME', 'B.C': '' };
    const found = body({ labels, env });
    assert.deepEqual([found['labels'], found['env']], [labels, env]);
  });

  it('leaves command and entrypoint to the image when the plan does', () => {
    const found = body({});
    assert.ok(!('command' in found) && !('entrypoint' in found));
  });

  it('says "no entrypoint" so that neither the image\'s entrypoint nor its command comes back', () => {
    const found = body({ entrypoint: [], command: ['ls', '-l'] });
    assert.deepEqual([found['entrypoint'], found['command']], [[''], ['ls', '-l']]);
  });

  it('replaces the entrypoint, which drops the command of the image', () => {
    assert.deepEqual(body({ entrypoint: ['/bin/x', '-v'] })['entrypoint'], ['/bin/x', '-v']);
  });

  it("gives the image's own entrypoint where the plan says no arguments, else its command would be added", () => {
    const found = body({ command: [] }, { imageEntrypoint: ['/entry'] });
    assert.deepEqual([found['entrypoint'], found['command']], [['/entry'], []]);
  });

  it('gives workdir and user only where the plan has them, and has an absent workdir made (C117)', () => {
    const found = body({ workdir: '/w', user: '1:2' });
    assert.deepEqual([found['work_dir'], found['user'], found['create_working_dir']], ['/w', '1:2', true]);
    assert.ok(!('work_dir' in body({})) && !('user' in body({})));
  });

  it('binds a source with commas, colons and newlines as it is, and never makes it (C122, T26)', () => {
    const source = '/a,b:c\nü';
    const mounts = [
      { type: 'bind', source, target: '/ro', readOnly: true },
      { type: 'bind', source, target: '/rw' },
    ] as const;
    assert.deepEqual(body({ mounts })['mounts'], [
      { type: 'bind', source, destination: '/ro', options: ['rbind', 'rprivate', 'ro'] },
      { type: 'bind', source, destination: '/rw', options: ['rbind', 'rprivate', 'rw'] },
    ]);
  });

  it('mounts volumes by name', () => {
    const mounts = [
      { type: 'volume', volume: 'v', target: '/v' },
      { type: 'volume', volume: 'w', target: '/w', readOnly: true },
    ] as const;
    assert.deepEqual(body({ mounts })['volumes'], [
      { Name: 'v', Dest: '/v', Options: ['rw'] },
      { Name: 'w', Dest: '/w', Options: ['ro'] },
    ]);
  });

  it('mounts a tmpfs as Docker does: noexec, empty, for everybody (C109)', () => {
    const mounts = [{ type: 'tmpfs', target: '/t', sizeBytes: 4096 }] as const;
    const options = ['rw', 'nosuid', 'nodev', 'noexec', 'notmpcopyup', 'mode=1777', 'size=4096'];
    assert.deepEqual(body({ mounts })['mounts'], [{ type: 'tmpfs', source: 'tmpfs', destination: '/t', options }]);
  });

  it("switches the engine's own writable folders off and keeps /dev/shm writable under a read-only root (C108)", () => {
    const found = body({ readOnlyRootfs: true });
    assert.deepEqual([found['read_only_filesystem'], found['read_write_tmpfs']], [true, false]);
    const options = ['rw', 'nosuid', 'nodev', 'noexec', 'notmpcopyup', 'mode=1777', 'size=67108864'];
    assert.deepEqual(found['mounts'], [{ type: 'tmpfs', source: 'tmpfs', destination: '/dev/shm', options }]);
  });

  it("leaves the plan's own /dev/shm alone", () => {
    const mounts = [{ type: 'tmpfs', target: '/dev//shm/', readOnly: true }] as const;
    const found = body({ readOnlyRootfs: true, mounts });
    assert.equal(JSON.stringify(found['mounts']).match(/shm/g)?.length, 1);
  });

  it.each(['none', 'private', 'host'] as const)('always gives the network: %s (C5)', (mode) => {
    assert.deepEqual(body({ network: { mode } })['netns'], { nsmode: mode });
  });

  it('sends limits as the OCI runtime takes them', () => {
    const resources = { memoryBytes: 33_554_432, cpus: 0.5, pids: 17 };
    assert.deepEqual(body({ resources })['resource_limits'], {
      memory: { limit: 33_554_432 },
      cpu: { quota: 50_000, period: 100_000 },
      pids: { limit: 17 },
    });
  });

  it("lifts the engine's own limit of 2048 processes where it holds, and sends nothing where limits are dropped (C107)", () => {
    assert.deepEqual(body({}, { limitsPids: true })['resource_limits'], { pids: { limit: 0 } });
    assert.ok(!('resource_limits' in body({})));
  });

  it('gives the stop signal as a number, and the grace', () => {
    const found = body({ stopSignal: 'SIGUSR1', stopGraceSeconds: 0 });
    assert.deepEqual([found['stop_signal'], found['stop_timeout']], [10, 0]);
    assert.ok(!('stop_signal' in body({})));
  });

  it("fixes what the engine's configuration could set otherwise (C5, C107, L7)", () => {
    const found = body({});
    assert.deepEqual(found['healthconfig'], { Test: ['NONE'] });
    assert.deepEqual(found['log_configuration'], { driver: 'k8s-file', size: Number.MAX_SAFE_INTEGER });
    assert.equal(found['shm_size'], 64 * 1024 * 1024);
    assert.equal(found['umask'], '0022');
    assert.equal(found['systemd'], 'false');
    assert.equal(found['restart_policy'], 'no');
    for (const off of ['env_host', 'httpproxy', 'privileged', 'init', 'remove', 'terminal', 'stdin']) {
      assert.equal(found[off], false, off);
    }
    for (const space of ['pidns', 'ipcns', 'utsns']) assert.deepEqual(found[space], { nsmode: 'private' });
  });
});
