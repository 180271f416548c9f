import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { label, openEstate, openSession, type SessionProof } from '@fairlead/core/backend';
import { fakePodman, type FakeAnswer } from '../__fixtures__/fake-podman.ts';
import { engineId, type EngineRecord } from '../engine-record.ts';
import { openPodmanCli } from '../podman-cli.ts';
import { mountArgs } from './mount-place.ts';
import type { MountRecord } from './mount-record.ts';
import { servesMount } from './mount-servers.ts';
import { openMounts, type ImageMounts } from './mounts.ts';

const call = { signal: new AbortController().signal };
const engine: EngineRecord = {
  version: '5.8.6',
  architecture: 'amd64',
  os: 'linux',
  rootless: true,
  remote: false,
  cgroupVersion: 'v2',
  cgroupControllers: [],
  graphRoot: '/g',
  runRoot: '/r',
  networkHelpers: [],
};
const live = openSession().proof;
// Linux gives no process this number.
const dead: SessionProof = { ...live, pid: 2 ** 22 + 1, startTime: '1' };
const idOf = (digit: string): string => digit.repeat(32);

interface Ground extends Disposable {
  readonly mounts: ImageMounts;
  readonly state: string;
  calls(): readonly string[];
  put(record: Partial<MountRecord> & { readonly id: string }): Promise<void>;
}

function ground(answers: readonly FakeAnswer[]): Ground {
  const podman = fakePodman(answers);
  const estate = openEstate({ owner: 'o', stateFolder: join(podman.folder, 'state') });
  const cli = openPodmanCli({ command: podman.command });
  return {
    mounts: openMounts({ cli, estate, engine: () => Promise.resolve(engine) }),
    state: estate.state.path,
    calls: () => podman.calls().map(({ args }) => args.join(' ')),
    async put(record) {
      const whole: MountRecord = {
        v: 1,
        engineId: engineId(engine),
        owner: 'o',
        proof: dead,
        container: 'c',
        path: '/i',
        offset: 0,
        ...record,
      };
      await estate.state.folder('mounts', record.id, 'root');
      await estate.state.writeRecord('mounts', record.id, whole);
    },
    [Symbol.dispose]: () => podman[Symbol.dispose](),
  };
}

const listed = (id: string, mount: string): FakeAnswer => ({
  match: '^ps ',
  stdout: JSON.stringify([{ Id: id, Labels: { [label.mount]: mount } }]),
});

describe('mounts', () => {
  it('are swept where their session is dead and no container has them, or their container is gone', async () => {
    using made = ground([listed('x'.repeat(64), idOf('2'))]);
    const { mounts, state, put, calls } = made;
    await put({ id: idOf('1') });
    await put({ id: idOf('2') });
    await put({ id: idOf('3'), proof: live });
    await put({ id: idOf('4'), proof: live, containerId: 'gone' });
    await put({ id: idOf('5'), owner: 'another' });
    await put({ id: idOf('6'), engineId: 'another' });
    assert.deepEqual(
      (await mounts.sweep(call)).toSorted(),
      [1, 4].map((digit) => `mount ${idOf(String(digit))}`),
    );
    const left = ['2', '3', '5', '6'].flatMap((digit) => [idOf(digit), `${idOf(digit)}.json`]);
    assert.deepEqual((await readdir(join(state, 'mounts'))).toSorted(), left.toSorted());
    assert.ok(
      calls().some((args) => new RegExp(`^unshare \\S+umount ${join(state, 'mounts', idOf('1'), 'root')}$`).test(args)),
    );
  });

  it('that do not come down stay, with their record, and are not told as removed', async () => {
    using made = ground([{ match: '^ps ', stdout: '[]' }]);
    const { mounts, state, put } = made;
    await put({ id: idOf('1') });
    // What is still mounted cannot be removed: a folder that is not empty stands for it.
    await mkdir(join(state, 'mounts', idOf('1'), 'root', 'held'));
    assert.deepEqual(await mounts.sweep(call), []);
    assert.equal((await readdir(join(state, 'mounts'))).length, 2);
  });

  it('are found by their record, else by the label of their container, else not at all', async () => {
    const container = 'a'.repeat(64);
    const inspected = (labels: object): FakeAnswer => ({
      match: '^container inspect',
      stdout: JSON.stringify([
        { Id: container, Name: 'c', Created: '2026', Config: { Labels: labels }, State: { Status: 'created' } },
      ]),
    });
    using none = ground([]);
    assert.equal(await none.mounts.of(container, call), undefined);
    assert.deepEqual(none.calls(), [], 'nobody is asked where nothing is mounted');
    using recorded = ground([]);
    await recorded.put({ id: idOf('1'), containerId: container });
    assert.equal(await recorded.mounts.of(container, call), idOf('1'));
    using labelled = ground([inspected({ [label.mount]: idOf('2') })]);
    await labelled.put({ id: idOf('2') });
    assert.equal(await labelled.mounts.of(container, call), idOf('2'));
    using forged = ground([inspected({ [label.mount]: '../../etc' })]);
    await forged.put({ id: idOf('3') });
    assert.equal(await forged.mounts.of(container, call), undefined);
  });

  it('are taken down with all that is in their folder, and asking again is no error', async () => {
    using made = ground([]);
    const { mounts, state, put } = made;
    await put({ id: idOf('1') });
    await writeFile(join(state, 'mounts', idOf('1'), 'image'), '');
    await mounts.remove(idOf('1'), call);
    await mounts.remove(idOf('1'), call);
    assert.deepEqual(await readdir(join(state, 'mounts')), []);
  });
});

describe('what serves a mount', () => {
  const argv = ['/usr/bin/squashfuse_ll', ...mountArgs({ path: '/i', offset: 4096, mountPoint: '/m/1/root' })];

  it('is given the offset, and lets other users of the container in', () => {
    assert.deepEqual(argv.slice(1), ['-o', 'ro,allow_other,offset=4096', '/i', '/m/1/root']);
  });

  it('is known by the whole mount point, also where podman starts it, and by nothing else', () => {
    assert.ok(servesMount([...argv, ''], '/m/1/root'));
    assert.ok(servesMount(['podman', 'unshare', ...argv], '/m/1/root'));
    assert.ok(!servesMount(argv, '/m/1'));
    assert.ok(!servesMount(['umount', '/m/1/root'], '/m/1/root'));
    assert.ok(!servesMount(['vi', 'squashfuse.txt', '/m/1/root'], '/m/1/root'));
  });
});
