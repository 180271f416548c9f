import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEstate, openStateFolder } from '@fairlead/core/backend';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forceDelete } from './force-delete.ts';
import type { ContainerRecord } from './records.ts';
import { ContainerStore } from './store.ts';

let base = '';
let store: ContainerStore;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'fairlead-store-'));
  store = new ContainerStore(openStateFolder(join(base, 'state')));
});
afterEach(async () => {
  await forceDelete(base);
});

const { proof } = openEstate().session;
let count = 0;

function recordOf(name: string, creator = proof): ContainerRecord {
  count += 1;
  const id = count.toString(16).padStart(32, '0');
  return {
    schema: 1,
    id,
    name,
    image: '/a.sif',
    createdAt: '2026-11-21T08:00:00.000Z',
    createdUptimeSeconds: 1,
    creator,
    mode: 'cage',
    labels: { a: 'b' },
    user: '1:1',
    stopSignal: 'SIGTERM',
    stopGraceSeconds: 10,
    scratch: join(base, `fairlead-${id}`),
    volumes: [],
  };
}

const dead = { ...proof, startTime: '1' };
const fill = async (): Promise<void> => {};

describe('ContainerStore', () => {
  it('finds what was published by its full id and its exact name', async () => {
    const record = recordOf('one');
    expect(await store.publish(record, fill)).toBe(true);
    expect((await store.find(record.id))?.record).toEqual(record);
    expect((await store.findByName('one'))?.record).toEqual(record);
    expect(await store.find(record.id.slice(0, 31))).toBeUndefined();
    expect(await store.findByName('on')).toBeUndefined();
    expect(await store.findByName('../one')).toBeUndefined();
    expect(await store.list()).toHaveLength(1);
  });

  it('gives a name to one of many who want it at once, and leaves nothing of the others (CONFLICT)', async () => {
    const records = Array.from({ length: 20 }, () => recordOf('same'));
    const won = await Promise.all(records.map((record) => store.publish(record, () => mkdir(record.scratch))));
    expect(won.filter(Boolean)).toHaveLength(1);
    const winner = records[won.indexOf(true)];
    expect(await readdir(join(store.path, 'containers'))).toEqual(['same']);
    expect(await readdir(join(store.path, 'ids'))).toEqual([winner?.id]);
    expect((await readdir(base)).filter((name) => name.startsWith('fairlead-'))).toEqual([`fairlead-${winner?.id}`]);
  });

  it('leaves nothing of a container that could not be filled', async () => {
    const record = recordOf('bad');
    const broken = async (): Promise<void> => {
      await mkdir(record.scratch);
      throw new Error('no fifo');
    };
    await expect(store.publish(record, broken)).rejects.toThrow('no fifo');
    expect(await readdir(join(store.path, 'containers'))).toEqual([]);
    expect(await readdir(join(store.path, 'ids'))).toEqual([]);
    expect(await readdir(base)).toEqual(['state']);
  });

  it('discards a container with what it wrote, whatever the modes, many at once (S15)', async () => {
    const record = recordOf('one');
    await store.publish(record, async () => {
      await mkdir(join(record.scratch, 'overlay', 'closed'), { recursive: true });
      await writeFile(join(record.scratch, 'overlay', 'closed', 'x'), '');
      await chmod(join(record.scratch, 'overlay', 'closed'), 0);
    });
    const stored = await store.find(record.id);
    if (stored === undefined) throw new Error('not published');
    await Promise.all([store.discard(stored), store.discard(stored), store.discard(stored)]);
    expect(await readdir(base)).toEqual(['state']);
    expect(await store.find(record.id)).toBeUndefined();
    expect(await readdir(join(store.path, 'ids'))).toEqual([]);
  });

  it('sweeps what dead processes left half-made or half-removed, and nothing of living ones', async () => {
    const containers = join(store.path, 'containers');
    await store.publish(recordOf('whole'), fill);
    const [left, live, gone] = [recordOf('left', dead), recordOf('live'), recordOf('gone', dead)];
    for (const [name, record] of [
      [`.new-${left.id}`, left],
      [`.new-${live.id}`, live],
      [`.gone-${gone.id}`, gone],
    ] as const) {
      await mkdir(join(containers, name));
      await writeFile(join(containers, name, 'record'), JSON.stringify(record));
      await mkdir(record.scratch);
      await symlink(record.name, join(store.path, 'ids', record.id));
    }
    expect((await store.sweep()).toSorted()).toEqual(
      [join(containers, `.gone-${gone.id}`), join(containers, `.new-${left.id}`)].toSorted(),
    );
    expect((await readdir(containers)).toSorted()).toEqual([`.new-${live.id}`, 'whole']);
    expect((await readdir(base)).filter((name) => name.startsWith('fairlead-'))).toEqual([`fairlead-${live.id}`]);
    expect(await readdir(join(store.path, 'ids'))).toHaveLength(2);
  });

  it('neither believes nor clears away what another user may have written into the state folder', async () => {
    const theirs = recordOf('theirs', dead);
    await store.publish(theirs, fill);
    await mkdir(join(store.path, 'containers', `.gone-${theirs.id}`));
    await chmod(join(base, 'state'), 0o777);
    for (const use of [
      () => store.find(theirs.id),
      () => store.findByName('theirs'),
      () => store.list(),
      () => store.sweep(),
      () => store.publish(recordOf('more'), fill),
    ])
      await expect(use()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    expect((await readdir(join(store.path, 'containers'))).toSorted()).toEqual([`.gone-${theirs.id}`, 'theirs']);
  });

  it('sweeps a folder without a record once it is old', async () => {
    const folder = join(store.path, 'containers', `.new-${'a'.repeat(32)}`);
    await mkdir(folder, { recursive: true });
    expect(await store.sweep()).toEqual([]);
    await utimes(folder, new Date(0), new Date(0));
    expect(await store.sweep()).toEqual([folder]);
  });
});

describe('forceDelete', () => {
  it('follows no link and minds no folder that is gone', async () => {
    await mkdir(join(base, 'outside'), { mode: 0o500 });
    await mkdir(join(base, 'folder'));
    await symlink('../outside', join(base, 'folder', 'link'));
    await forceDelete(join(base, 'folder'));
    await forceDelete(join(base, 'folder'));
    expect((await stat(join(base, 'outside'))).mode & 0o777).toBe(0o500);
    await rm(join(base, 'outside'), { recursive: true });
  });
});
