import { describe, expect, it, vi } from 'vitest';
import { FairleadError } from '../errors.ts';
import { testManager } from './__fixtures__/test-manager.ts';

describe('a handle', () => {
  it('removes its container when it is disposed, without grace, and once only', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    await container[Symbol.asyncDispose]();
    await container[Symbol.asyncDispose]();
    expect(test.engine.containers.size).toBe(0);
  });

  it('asks the engine for nothing when it is disposed after a removal', async () => {
    const remove = vi.fn<(id: string) => void>();
    await using test = await testManager({
      decorate: (backend) => ({
        ...backend,
        remove(id, call) {
          remove(id);
          return backend.remove(id, call);
        },
      }),
    });
    const container = await test.manager.run({ image: 'sleep:1' });
    await container.remove();
    await container[Symbol.asyncDispose]();
    expect(remove).toHaveBeenCalledOnce();
  });

  it('that was only got does not remove', async () => {
    await using test = await testManager();
    const { id } = await test.manager.run({ image: 'sleep:1' });
    const got = await test.manager.get(id);
    await got[Symbol.asyncDispose]();
    expect(test.engine.containers.has(id)).toBe(true);
  });

  it('that was detached does not remove, and gives a reference', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    const ref = await container.detach();
    await container[Symbol.asyncDispose]();
    expect(test.engine.containers.has(container.id)).toBe(true);
    expect(JSON.parse(JSON.stringify(ref))).toEqual(container.ref);
    expect(ref).toMatchObject({ v: 1, backend: 'memory', engineId: test.engine.id, id: container.id, owner: 'tester' });
  });

  it('that cannot record that it was given up stays in charge', async () => {
    await using test = await testManager();
    await using manager = test.another({ stateFolder: '/dev/null/state' });
    const container = await manager.run({ image: 'sleep:1' });
    await expect(container.detach()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await container[Symbol.asyncDispose]();
    expect(test.engine.containers.size).toBe(0);
  });

  it('tells lost for a container that is gone and unknown for an engine that does not answer', async () => {
    let answers = true;
    const lost = new FairleadError({ code: 'CONNECTION_LOST', message: 'lost' });
    await using test = await testManager({
      decorate: (backend) => ({
        ...backend,
        inspect: (ids, call) => (answers ? backend.inspect(ids, call) : Promise.reject(lost)),
      }),
    });
    const container = await test.manager.run({ image: 'sleep:1', labels: { study: '7' } });
    await expect(container.inspect()).resolves.toMatchObject({ state: { phase: 'running' }, labels: { study: '7' } });
    answers = false;
    await expect(container.inspect()).resolves.toMatchObject({
      state: { phase: 'unknown', error: lost },
      image: 'sleep:1',
    });
    answers = true;
    await container.remove();
    await expect(container.inspect()).resolves.toMatchObject({
      id: container.id,
      state: { phase: 'lost' },
      owner: 'tester',
    });
    await expect(test.manager.inspect(container.id)).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
  });

  it('rejects inspect with the reason of an aborted signal', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    await expect(container.inspect({ signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
  });
});
