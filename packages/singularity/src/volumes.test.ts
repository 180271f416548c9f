import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEstate, openStateFolder, type BackendVolumes } from '@fairlead/core/backend';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackendContext } from './context.ts';
import { forceDelete } from './force-delete.ts';
import type { ContainerRecord } from './records.ts';
import { ContainerStore } from './store.ts';
import { openVolumes, sweepVolumes, volumeFolder } from './volumes.ts';

let base = '';
let context: BackendContext;
let volumes: BackendVolumes;
const call = { signal: new AbortController().signal };

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'fairlead-volumes-'));
  const state = openStateFolder(base);
  context = { store: new ContainerStore(state), here: openEstate().session.proof };
  volumes = openVolumes(context, state);
});
afterEach(async () => {
  await forceDelete(base);
});

const entries = () => readdir(join(context.store.path, 'volumes'));

function user(volume: string): ContainerRecord {
  const id = 'b'.repeat(32);
  return {
    schema: 1,
    id,
    name: 'user',
    image: '/a',
    createdAt: '2026-11-21T08:00:00.000Z',
    createdUptimeSeconds: 1,
    creator: context.here,
    mode: 'cage',
    labels: {},
    user: '1:1',
    stopSignal: 'SIGTERM',
    stopGraceSeconds: 1,
    scratch: join(base, `fairlead-${id}`),
    volumes: [volume],
  };
}

describe('volumes', () => {
  it('are made once, found by exact name, and listed by labels', async () => {
    await volumes.create({ name: 'one', labels: { a: '1', b: '2' } }, call);
    await volumes.create({ name: 'two', labels: { a: '1' } }, call);
    await expect(volumes.create({ name: 'one', labels: {} }, call)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await volumes.inspect('one', call)).toEqual({ name: 'one', labels: { a: '1', b: '2' } });
    expect(await volumes.inspect('on', call)).toBeUndefined();
    expect(await volumes.inspect('../volumes/one', call)).toBeUndefined();
    const names = async (labels: Record<string, string>) => (await volumes.list(labels, call)).map(({ name }) => name);
    expect((await names({ a: '1' })).toSorted()).toEqual(['one', 'two']);
    expect(await names({ a: '1', b: '2' })).toEqual(['one']);
    expect((await entries()).toSorted()).toEqual(['one', 'two']);
  });

  it('are made by one of many who want the same name at once', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: 10 }, () => volumes.create({ name: 'v', labels: {} }, call)),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await entries()).toEqual(['v']);
  });

  it('are removed with what lies in them, again and again', async () => {
    await volumes.create({ name: 'v', labels: {} }, call);
    await mkdir(join(volumeFolder(context, 'v'), 'closed'), { mode: 0o000 });
    await volumes.remove('v', call);
    await volumes.remove('v', call);
    expect(await entries()).toEqual([]);
  });

  it('stay while a container has them, ended or not (IN_USE)', async () => {
    await volumes.create({ name: 'v', labels: {} }, call);
    const record = user('v');
    await context.store.publish(record, async () => {});
    await expect(volumes.remove('v', call)).rejects.toMatchObject({
      code: 'IN_USE',
      details: { containers: ['user'] },
    });
    expect(await entries()).toEqual(['v']);
  });

  it('give the bytes of a file, and tell a volume that is missing', async () => {
    await volumes.create({ name: 'v', labels: {} }, call);
    await writeFile(join(volumeFolder(context, 'v'), 'f'), 'bytes');
    const read = (name: string) => volumes.readFile(name, 'f', { ...call, maxBytes: 100 });
    expect(Buffer.from(await read('v')).toString()).toBe('bytes');
    await expect(read('w')).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' });
  });

  it('leave nothing half-made for long, and nobody who is at it is disturbed', async () => {
    await volumes.create({ name: 'v', labels: {} }, call);
    const half = join(context.store.path, 'volumes', '.new-0123456789abcdef');
    await mkdir(half);
    expect(await sweepVolumes(context)).toEqual([]);
    expect(await sweepVolumes(context, Date.now() + 120_000)).toEqual([half]);
    expect(await entries()).toEqual(['v']);
  });
});
