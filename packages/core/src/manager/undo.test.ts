import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CreatePlan } from '../plan.ts';
import { FairleadError } from '../errors.ts';
import type { Decorate } from '../testing/index.ts';
import { passUntil, passUntilSettled, stopClock } from './__fixtures__/fake-clock.ts';
import { fullSpec, leftovers } from './__fixtures__/full-run.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager } from './__fixtures__/test-manager.ts';

const broken = new FairleadError({ code: 'ENGINE_FAILURE', message: 'the engine is out of order' });
const lost = new FairleadError({ code: 'CONNECTION_LOST', message: 'connection lost' });

afterEach(() => {
  vi.useRealTimers();
});

/** Every step that can fail, and how. */
const failures: readonly (readonly [step: string, decorate: Decorate])[] = [
  ['the image', replace((backend) => ({ images: { ...backend.images, ensure: () => Promise.reject(broken) } }))],
  ['create', replace(() => ({ create: () => Promise.reject(broken) }))],
  [
    'create, after it has made the container',
    replace((backend) => ({
      async create(plan, call) {
        await backend.create(plan, call);
        throw broken;
      },
    })),
  ],
  ['start', replace(() => ({ start: () => Promise.reject(broken) }))],
];

describe('a run that fails', () => {
  it.each(failures)('at %s leaves nothing (invariant 2)', async (_, decorate) => {
    await using test = await testManager({ decorate });
    await expect(test.manager.run(fullSpec(test))).rejects.toBe(broken);
    expect(await leftovers(test)).toEqual([]);
  });

  it('because its answer was lost is looked up, and what came true is removed', async () => {
    stopClock();
    await using test = await testManager({
      decorate: replace((backend) => ({
        async create(plan, call) {
          setTimeout(() => void backend.create(plan, call), 1_000);
          throw lost;
        },
      })),
    });
    expect(await passUntilSettled(test.manager.run(fullSpec(test)))).toBe(lost);
    expect(await leftovers(test)).toEqual([]);
  });

  it('removes nothing that another call has made under that name', async () => {
    let failing = false;
    await using test = await testManager({
      decorate: replace((backend) => ({
        create: (plan, call) => (failing ? Promise.reject(broken) : backend.create(plan, call)),
      })),
    });
    const first = await test.manager.run({ ...fullSpec(test), name: 'web' });
    const copies = await readdir(join(test.stateFolder, 'files'));
    failing = true;
    await expect(test.manager.run({ ...fullSpec(test), name: 'web' })).rejects.toBe(broken);
    expect([...test.engine.containers.keys()]).toEqual([first.id]);
    await expect(readdir(join(test.stateFolder, 'files'))).resolves.toEqual(copies);
  });

  it('by a name that is taken leaves the other container and its files as they are', async () => {
    await using test = await testManager();
    const first = await test.manager.run({ ...fullSpec(test), name: 'web' });
    const copies = await readdir(join(test.stateFolder, 'files'));
    await expect(test.manager.run({ ...fullSpec(test), name: 'web' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect([...test.engine.containers.keys()]).toEqual([first.id]);
    await expect(readdir(join(test.stateFolder, 'files'))).resolves.toEqual(copies);
  });

  it('and cannot be undone says what is left, with ROLLBACK_FAILED', async () => {
    await using test = await testManager({
      decorate: replace(() => ({ start: () => Promise.reject(broken), remove: () => Promise.reject(broken) })),
    });
    const [error] = await Promise.allSettled([test.manager.run({ ...fullSpec(test), name: 'web' })]);
    expect(error).toMatchObject({
      reason: {
        code: 'ROLLBACK_FAILED',
        message: expect.stringContaining('left: container web'),
        details: { left: [...test.engine.containers.keys()], failed: 'ENGINE_FAILURE' },
      },
    });
    // Its private copies are still mounted: they stay with it.
    expect(await leftovers(test)).toHaveLength(3);
  });

  it('says ROLLBACK_FAILED, too, when nobody can tell whether it left something', async () => {
    stopClock();
    await using test = await testManager({
      decorate: replace(() => ({ create: () => Promise.reject(lost), resolve: () => Promise.reject(lost) })),
    });
    const run = test.manager.run({ image: 'sleep:1', name: 'web' });
    expect(await passUntilSettled(run)).toMatchObject({
      code: 'ROLLBACK_FAILED',
      message: expect.stringContaining('perhaps container web'),
    });
  });
});

/** Every step at which a run can be cancelled: the decorated backend calls `cancel` there. */
const cancellations: readonly (readonly [step: string, decorate: (cancel: () => void) => Decorate])[] = [
  ['probe', (cancel) => replace((backend) => ({ probe: (call) => after(cancel, backend.probe(call)) }))],
  [
    'the image',
    (cancel) =>
      replace((backend) => ({
        images: { ...backend.images, ensure: (image, call) => after(cancel, backend.images.ensure(image, call)) },
      })),
  ],
  [
    'create, before it answers',
    (cancel) => replace((backend) => ({ create: (plan, call) => before(cancel, () => backend.create(plan, call)) })),
  ],
  [
    'create, after it has answered',
    (cancel) => replace((backend) => ({ create: (plan, call) => after(cancel, backend.create(plan, call)) })),
  ],
  [
    'start, before it answers',
    (cancel) => replace((backend) => ({ start: (id, call) => before(cancel, () => backend.start(id, call)) })),
  ],
  [
    'start, after it has answered',
    (cancel) => replace((backend) => ({ start: (id, call) => after(cancel, backend.start(id, call)) })),
  ],
];

async function after<T>(cancel: () => void, work: Promise<T>): Promise<T> {
  const result = await work;
  cancel();
  return result;
}

async function before<T>(cancel: () => void, work: () => Promise<T>): Promise<T> {
  cancel();
  return work();
}

describe('a run that is cancelled', () => {
  it.each(cancellations)('at %s rejects with the reason and leaves nothing', async (_, decorate) => {
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    await using test = await testManager({ decorate: decorate(() => controller.abort(reason)) });
    await expect(test.manager.run(fullSpec(test), { signal: controller.signal })).rejects.toBe(reason);
    expect(await leftovers(test)).toEqual([]);
  });

  it('at each kind of progress leaves nothing', async () => {
    for (const phase of ['creating', 'starting']) {
      const controller = new AbortController();
      await using test = await testManager();
      const run = test.manager.run(fullSpec(test), {
        signal: controller.signal,
        onProgress: (progress) => progress.phase === phase && controller.abort(new Error(phase)),
      });
      await expect(run).rejects.toThrow(phase);
      expect(await leftovers(test)).toEqual([]);
    }
  });

  it('in a create that hangs cuts it after 5 s, and removes what came of it', async () => {
    stopClock();
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    let hangs = false;
    await using test = await testManager({
      decorate: replace((backend) => ({
        async create(plan: CreatePlan, call) {
          await backend.create(plan, call);
          hangs = true;
          return new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)));
        },
      })),
    });
    const run = test.manager.run(fullSpec(test), { signal: controller.signal });
    const settled = passUntilSettled(run);
    await passUntil(() => hangs);
    controller.abort(reason);
    const asked = Date.now();
    expect(await settled).toBe(reason);
    expect(Date.now() - asked).toBeGreaterThanOrEqual(5_000);
    expect(await leftovers(test)).toEqual([]);
  });

  it('and cannot be undone rejects with ROLLBACK_FAILED instead of the reason', async () => {
    const controller = new AbortController();
    await using test = await testManager({
      decorate: replace((backend) => ({
        start: (id, call) => after(() => controller.abort(new Error('no')), backend.start(id, call)),
        remove: () => Promise.reject(broken),
      })),
    });
    const run = test.manager.run({ image: 'sleep:1' }, { signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: 'ROLLBACK_FAILED' });
  });

  it('by its time limit rejects with TIMEOUT and leaves nothing', async () => {
    await using test = await testManager({
      decorate: replace(() => ({
        start: (_, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      })),
    });
    await expect(test.manager.run(fullSpec(test), { timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await leftovers(test)).toEqual([]);
  });
});
