import { afterEach, describe, expect, it, vi } from 'vitest';
import { label } from '../estate/labels.ts';
import { FairleadError } from '../errors.ts';
import type { RunSpec } from '../spec.ts';
import type { Decorate } from '../testing/index.ts';
import { passUntilSettled, stopClock } from './__fixtures__/fake-clock.ts';
import { asSession, deadProof, liveProof } from './__fixtures__/sessions.ts';
import { testManager } from './__fixtures__/test-manager.ts';

const spec: RunSpec = { image: 'sleep:1', runId: 'study 7 / round 3' };

afterEach(() => {
  vi.useRealTimers();
});

describe('a runId', () => {
  it('gives the same container to whoever asks again, also in another process', async () => {
    await using test = await testManager();
    const first = await test.manager.run(spec);
    const again = await test.manager.run({ ...spec });
    await using other = test.another();
    const elsewhere = await other.run(spec);
    expect([again.id, elsewhere.id]).toEqual([first.id, first.id]);
    expect(first.name).toMatch(/^f-[0-9a-f]{40}$/);
    expect(test.engine.containers.size).toBe(1);
  });

  it('gives a container that has ended, and runs nothing twice', async () => {
    await using test = await testManager();
    const ended: RunSpec = { image: 'exit:1', command: ['5'], runId: 'x' };
    await (await test.manager.run(ended)).wait();
    await expect((await test.manager.run(ended)).wait()).resolves.toMatchObject({ code: 5 });
    expect(test.engine.containers.size).toBe(1);
  });

  it('makes one container of many calls at once', async () => {
    await using test = await testManager();
    await using other = test.another();
    const runs = [1, 2, 3].flatMap(() => [test.manager.run(spec), other.run(spec)]);
    const ids = new Set((await Promise.all(runs)).map(({ id }) => id));
    expect(ids.size).toBe(1);
    expect(test.engine.containers.size).toBe(1);
  });

  it('is removed only by the handle of the call that made it', async () => {
    await using test = await testManager();
    const first = await test.manager.run(spec);
    await (await test.manager.run(spec))[Symbol.asyncDispose]();
    expect(test.engine.containers.size).toBe(1);
    await first[Symbol.asyncDispose]();
    expect(test.engine.containers.size).toBe(0);
  });

  it('with another spec is CONFLICT, and changes nothing', async () => {
    await using test = await testManager();
    const first = await test.manager.run(spec);
    await expect(test.manager.run({ ...spec, env: { A: '1' } })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect([...test.engine.containers.keys()]).toEqual([first.id]);
  });

  it('of another owner is another run', async () => {
    await using test = await testManager();
    const first = await test.manager.run(spec);
    await using other = test.another({ owner: 'somebody else' });
    expect((await other.run(spec)).id).not.toBe(first.id);
  });

  it('is free again when its run has failed', async () => {
    let fails = true;
    const failed = new FairleadError({ code: 'START_FAILED', message: 'no' });
    const decorate: Decorate = (backend) => ({
      ...backend,
      start: (id, call) => (fails ? Promise.reject(failed) : backend.start(id, call)),
    });
    await using test = await testManager({ decorate });
    await expect(test.manager.run(spec)).rejects.toBe(failed);
    fails = false;
    await expect(test.manager.run(spec)).resolves.toMatchObject({ backend: 'memory' });
  });

  it('leaves a waiting call free to be cancelled', async () => {
    const controller = new AbortController();
    await using test = await testManager({
      decorate: (backend) => ({ ...backend, start: () => new Promise<never>(() => undefined) }),
    });
    void test.manager.run(spec);
    const waiting = test.manager.run(spec, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('a container of a runId that was created and not started', () => {
  it('is started by its own session', async () => {
    await using test = await testManager();
    const created = await test.manager.create(spec);
    const container = await test.manager.run(spec);
    expect(container.id).toBe(created.id);
    await expect(container.inspect()).resolves.toMatchObject({ state: { phase: 'running' } });
  });

  it('is removed and made again when its session is proven dead: nothing has run', async () => {
    await using test = await testManager();
    await using dead = test.another({}, asSession(await deadProof()));
    const created = await dead.create(spec);
    const container = await test.manager.run(spec);
    expect(container.id).not.toBe(created.id);
    expect([...test.engine.containers.keys()]).toEqual([container.id]);
  });

  it('is waited for while its session lives, and taken once it is started', async () => {
    stopClock();
    await using test = await testManager();
    await using live = test.another({}, asSession(liveProof()));
    const created = await live.create(spec);
    setTimeout(() => void live.start(created.id), 5_000);
    expect(await passUntilSettled(test.manager.run(spec))).toMatchObject({ id: created.id });
  });

  it('is CONFLICT after 30 s when its session may live and does not start it', async () => {
    stopClock();
    await using test = await testManager();
    await using live = test.another({}, asSession(liveProof()));
    const created = await live.create(spec);
    const begun = Date.now();
    expect(await passUntilSettled(test.manager.run(spec))).toMatchObject({ code: 'CONFLICT', retryable: 'yes' });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(30_000);
    expect([...test.engine.containers.keys()]).toEqual([created.id]);
  });

  it('is given to whoever only wants it created', async () => {
    await using test = await testManager();
    await using live = test.another({}, asSession(liveProof()));
    const created = await live.create(spec);
    await expect(test.manager.create(spec)).resolves.toMatchObject({ id: created.id });
  });
});

describe('runToCompletion with a runId', () => {
  it('takes over what a dead session has begun, and removes it', async () => {
    await using test = await testManager();
    const said: RunSpec = { image: 'say:1', command: ['once'], runId: 'x' };
    await using dead = test.another({}, asSession(await deadProof()));
    await (await dead.run(said)).wait();
    await expect(test.manager.runToCompletion(said)).resolves.toMatchObject({ stdout: 'once\n' });
    expect(test.engine.containers.size).toBe(0);
  });

  it('leaves what a live session has begun to that session', async () => {
    await using test = await testManager();
    const said: RunSpec = { image: 'say:1', command: ['once'], runId: 'x' };
    await using live = test.another({}, asSession(liveProof()));
    await live.run(said);
    await expect(test.manager.runToCompletion(said)).resolves.toMatchObject({ stdout: 'once\n' });
    expect(test.engine.containers.size).toBe(1);
  });
});

describe('the labels of a run', () => {
  it('have its runId, as it is where that is legal', async () => {
    await using test = await testManager();
    const legal = await test.manager.run({ image: 'sleep:1', runId: 'round-3' });
    await expect(legal.inspect()).resolves.toMatchObject({ runId: 'round-3' });
    const { id } = await test.manager.run(spec);
    expect(test.engine.containers.get(id)?.plan.labels[label.runId]).toMatch(/^x-[0-9a-f]{40}$/);
  });
});
