import { describe, expect, it } from 'vitest';
import type { BackendVolumes } from '../backend/backend.ts';
import { FairleadError } from '../errors.ts';
import type { VolumeSpec } from '../volume.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

const lost = new FairleadError({ code: 'CONNECTION_LOST', message: 'lost' });

function withVolumes(change: (volumes: BackendVolumes) => Partial<BackendVolumes>): Promise<TestManager> {
  return testManager({
    decorate: replace(({ volumes }) => {
      if (volumes === undefined) throw new Error('the in-memory backend has volumes');
      return { volumes: { ...volumes, ...change(volumes) } };
    }),
  });
}

describe('createVolume', () => {
  it('makes one, and gives the same one again if its labels are the same (V28, C87)', async () => {
    await using test = await testManager();
    const volume = await test.manager.createVolume({ name: 'data', labels: { study: '7' } });
    expect(volume).toMatchObject({ name: 'data', labels: { study: '7' }, owner: 'tester' });
    await expect(test.manager.createVolume({ name: 'data', labels: { study: '7' } })).resolves.toMatchObject({
      name: 'data',
    });
    await expect(test.another().createVolume({ name: 'data', labels: { study: '7' } })).resolves.toMatchObject({
      name: 'data',
    });
    expect(test.engine.volumes.size).toBe(1);
  });

  it('is CONFLICT where the labels or the owner differ', async () => {
    await using test = await testManager();
    await test.manager.createVolume({ name: 'data', labels: { study: '7' } });
    for (const labels of [{ study: '8' }, {}, { study: '7', more: '1' }]) {
      await expect(test.manager.createVolume({ name: 'data', labels })).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    const other = test.another({ owner: 'somebody else' });
    await expect(other.createVolume({ name: 'data', labels: { study: '7' } })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('gives the one that another process was faster to make', async () => {
    await using test = await testManager();
    const names = await Promise.all(
      [1, 2, 3].map(async () => (await test.another().createVolume({ name: 'data' })).name),
    );
    expect(names).toEqual(['data', 'data', 'data']);
  });

  it.each([
    { name: '/etc' },
    { name: 'A' },
    { labels: { 'io.fairlead.owner': 'x' } },
    { labels: { a: 1 } },
    { size: 3 },
  ])('refuses %j', async (spec) => {
    await using test = await testManager();
    // What a caller without types may pass.
    await expect(test.manager.createVolume(spec as VolumeSpec)).rejects.toMatchObject({ code: 'INVALID_SPEC' });
    expect(test.engine.volumes.size).toBe(0);
  });

  it('leaves nothing when it is cancelled, or its answer is lost', async () => {
    const controller = new AbortController();
    await using cancelled = await withVolumes((volumes) => ({
      async create(volume, call) {
        await volumes.create(volume, call);
        controller.abort(new Error('enough'));
      },
    }));
    const { signal } = controller;
    await expect(cancelled.manager.createVolume({ name: 'data' }, { signal })).rejects.toThrow('enough');
    await using unanswered = await withVolumes((volumes) => ({
      async create(volume, call) {
        await volumes.create(volume, call);
        throw lost;
      },
    }));
    await expect(unanswered.manager.createVolume({ name: 'data' })).rejects.toBe(lost);
    expect(cancelled.engine.volumes.size + unanswered.engine.volumes.size).toBe(0);
  });

  it('says what may be left when it cannot be undone', async () => {
    const broken = new FairleadError({ code: 'ENGINE_FAILURE', message: 'broken' });
    await using test = await withVolumes((volumes) => ({
      async create(volume, call) {
        await volumes.create(volume, call);
        throw broken;
      },
      remove: () => Promise.reject(broken),
    }));
    await expect(test.manager.createVolume({ name: 'data' })).rejects.toMatchObject({
      code: 'ROLLBACK_FAILED',
      details: { left: ['data'] },
    });
  });
});

describe('volumes', () => {
  it('are found by their whole name, listed by owner, and removed once or more', async () => {
    await using test = await testManager();
    await test.manager.createVolume({ name: 'b' });
    await test.manager.createVolume({ name: 'a' });
    await test.another({ owner: 'somebody else' }).createVolume({ name: 'c' });
    await expect(test.manager.volumes.get('a')).resolves.toMatchObject({ name: 'a' });
    await expect(test.manager.volumes.get('')).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' });
    expect((await test.manager.volumes.list()).map(({ name }) => name)).toEqual(['a', 'b']);
    await test.manager.volumes.remove('a');
    await test.manager.volumes.remove('a');
    expect((await test.manager.volumes.list()).map(({ name }) => name)).toEqual(['b']);
  });

  it('of another owner are NOT_OWNED unless the caller says foreign', async () => {
    await using test = await testManager();
    await test.another({ owner: 'somebody else' }).createVolume({ name: 'c' });
    const volume = await test.manager.volumes.get('c');
    await expect(volume.remove()).rejects.toMatchObject({ code: 'NOT_OWNED' });
    await volume.remove({ foreign: true });
    expect(test.engine.volumes.size).toBe(0);
  });

  it('that are in use say so', async () => {
    await using test = await testManager();
    const volume = await test.manager.createVolume({ name: 'data' });
    await test.manager.run({ image: 'sleep:1', mounts: [{ type: 'volume', volume: 'data', target: '/d' }] });
    await expect(volume.remove()).rejects.toMatchObject({ code: 'IN_USE' });
  });

  it('are UNSUPPORTED where the engine has none', async () => {
    await using none = await testManager({ decorate: ({ volumes: _volumes, ...backend }) => backend });
    await expect(none.manager.createVolume()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await using declared = await testManager({ supports: { volumes: { kind: 'unsupported', reason: 'no' } } });
    await expect(declared.manager.volumes.list()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('readFile', () => {
  it('gives the bytes of a file', async () => {
    await using test = await testManager({
      programs: { 'write:1': { run: ({ files }) => files.write('/d/b.json', '{}'), config: { command: ['x'] } } },
    });
    const volume = await test.manager.createVolume({ name: 'data' });
    await test.manager.runToCompletion({
      image: 'write:1',
      mounts: [{ type: 'volume', volume: 'data', target: '/d' }],
    });
    expect(Buffer.from(await volume.readFile('./b.json')).toString()).toBe('{}');
    await expect(volume.readFile('b.json', { maxBytes: 1 })).rejects.toMatchObject({ code: 'INVALID_SPEC' });
    await volume.remove();
    await expect(volume.readFile('b.json')).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' });
  });

  it.each(['', '/etc/passwd', '../x', 'a/../../x', 'a//b', 'a/', 'a\0'])('refuses the path %j', async (path) => {
    await using test = await withVolumes(() => ({ readFile: () => Promise.reject(new Error('asked')) }));
    const volume = await test.manager.createVolume({ name: 'data' });
    await expect(volume.readFile(path)).rejects.toMatchObject({ code: 'INVALID_SPEC', operation: 'readFile' });
  });

  it.each([-1, 0.5, Number.NaN])('refuses a largest size of %d', async (maxBytes) => {
    await using test = await testManager();
    const volume = await test.manager.createVolume({ name: 'data' });
    await expect(volume.readFile('a', { maxBytes })).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });
});
