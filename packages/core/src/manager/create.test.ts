import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../backend/backend.ts';
import type { RunSpec } from '../spec.ts';
import { FairleadError } from '../errors.ts';
import { testManager } from './__fixtures__/test-manager.ts';

import { replace } from './__fixtures__/replace.ts';
import { fullSpec, leftovers } from './__fixtures__/full-run.ts';
const broken = new FairleadError({ code: 'ENGINE_FAILURE', message: 'the engine is out of order' });

afterEach(() => {
  vi.useRealTimers();
});

describe('checking a spec', () => {
  it('happens before any effect: nothing is asked of the engine for a spec that does not hold (T26)', async () => {
    const probe = vi.fn<Backend['probe']>();
    await using test = await testManager({ decorate: replace(() => ({ probe })) });
    await expect(test.manager.run({ image: 'sleep:1', user: '-x' })).rejects.toMatchObject({ code: 'INVALID_SPEC' });
    await expect(test.manager.run({ image: 'sleep:!' })).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
    expect(probe).not.toHaveBeenCalled();
  });

  it('refuses what the engine does not support, everything at once, before any effect', async () => {
    const create = vi.fn<Backend['create']>();
    await using test = await testManager({
      supports: { user: { kind: 'unsupported', reason: 'one user only' } },
      decorate: replace(() => ({ create, refuse: () => [{ key: 'env', reason: 'too long', hint: 'shorten it' }] })),
    });
    const spec: RunSpec = { image: 'sleep:1', user: '1', env: { A: 'b' } };
    await expect(test.manager.run(spec)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/user: one user only\n.*env: too long; shorten it/),
    });
    await expect(test.manager.check(spec)).resolves.toMatchObject([{ key: 'user' }, { key: 'env' }]);
    expect(create).not.toHaveBeenCalled();
  });

  it('refuses a missing bind source and makes nothing (T26, B18)', async () => {
    await using test = await testManager();
    const source = join(test.stateFolder, 'absent');
    const spec: RunSpec = { image: 'sleep:1', mounts: [{ type: 'bind', source, target: '/in' }] };
    await expect(test.manager.run(spec)).rejects.toMatchObject({
      code: 'MOUNT_SOURCE_MISSING',
      details: { source },
      hint: expect.stringContaining("missing: 'create'"),
    });
    await expect(test.manager.check(spec)).rejects.toMatchObject({ code: 'MOUNT_SOURCE_MISSING' });
    await expect(readdir(test.stateFolder)).resolves.toEqual([]);
  });

  it('refuses an engine that cannot be used, with its reason and remedy', async () => {
    const absent = { usable: false, endpoint: '/run/x.sock', reason: 'nobody listens', hint: 'start it' } as const;
    await using test = await testManager({ decorate: replace(() => ({ probe: () => Promise.resolve(absent) })) });
    await expect(test.manager.run({ image: 'sleep:1' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      hint: 'start it',
    });
  });

  it('finds nothing to refuse in a spec that can be tried', async () => {
    await using test = await testManager();
    await expect(test.manager.check({ image: 'sleep:1' })).resolves.toEqual([]);
  });

  it.each([
    ['files of a read-only root', { readOnlyRootfs: true, files: [{ target: '/a', content: '' }] }, 'files'],
    [
      'missing sources to be made',
      { mounts: [{ type: 'bind', source: '/nowhere/at/all', target: '/a', missing: 'create' }] },
      'mounts.bind',
    ],
  ] as const)('refuses %s where the engine does not share this host', async (_, part, key) => {
    await using test = await testManager({
      decorate: replace((backend) => ({
        probe: async (call) => ({ ...(await backend.probe(call)), sharesHostFiles: false }),
      })),
    });
    await expect(test.manager.check({ image: 'sleep:1', ...part })).resolves.toMatchObject([{ key }]);
  });
});

describe('what a run makes', () => {
  it('is all there while it runs, and goes with the container', async () => {
    await using test = await testManager();
    const container = await test.manager.run(fullSpec(test));
    expect(await leftovers(test)).toHaveLength(3);
    const plan = test.engine.containers.get(container.id)?.plan;
    expect(plan?.files).toEqual([]);
    expect(plan?.mounts).toMatchObject([{ target: '/in' }, { type: 'bind', target: '/etc/model', readOnly: true }]);
    await container.remove();
    // A bind source holds data: it stays.
    expect(await leftovers(test)).toEqual(['made']);
  });

  it('is copied in by the engine where the root is writable', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1', files: [{ target: '/x', content: 'é' }] });
    const content = new TextEncoder().encode('é');
    expect(test.engine.containers.get(container.id)?.plan.files).toEqual([{ target: '/x', content, mode: 0o644 }]);
  });

  it('leaves a folder alone that was there', async () => {
    await using test = await testManager({ decorate: replace(() => ({ create: () => Promise.reject(broken) })) });
    await mkdir(join(test.stateFolder, 'made'));
    await expect(test.manager.run(fullSpec(test))).rejects.toBe(broken);
    expect(await leftovers(test)).toEqual(['made']);
    await expect(readdir(join(test.stateFolder, 'made'))).resolves.toEqual([]);
  });
});
