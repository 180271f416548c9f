import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ContainerRef } from '../container.ts';
import { passUntil, stopClock } from './__fixtures__/fake-clock.ts';
import { asSession, deadProof } from './__fixtures__/sessions.ts';
import { testManager } from './__fixtures__/test-manager.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('adopt', () => {
  it('gives a handle on what another process made, from its JSON, and disposing that removes nothing', async () => {
    await using test = await testManager();
    const { ref } = await test.another().run({ image: 'sleep:1', name: 'web' });
    const container = await test.manager.adopt(JSON.parse(JSON.stringify(ref)));
    expect(container).toMatchObject({ id: ref.id, name: 'web', ref });
    await container[Symbol.asyncDispose]();
    expect(test.engine.containers.size).toBe(1);
  });

  it('rejects for a container that is gone', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    await container.remove();
    await expect(test.manager.adopt(container.ref)).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
  });

  it.each([
    ['another engine', { engineId: 'other' }],
    ['another version', { v: 2 }],
    ['no id', { id: undefined }],
  ])('refuses a reference with %s', async (_, difference) => {
    await using test = await testManager();
    const { ref } = await test.manager.run({ image: 'sleep:1' });
    const altered: unknown = { ...ref, ...difference };
    // What a file may hold.
    const read = altered as ContainerRef;
    await expect(test.manager.adopt(read)).rejects.toMatchObject({ code: 'INVALID_SPEC', operation: 'adopt' });
  });

  it.each<unknown>([undefined, null, 'id', {}])('refuses %j', async (value) => {
    await using test = await testManager();
    // What a file may hold.
    await expect(test.manager.adopt(value as ContainerRef)).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('takes over to remove at the end what a dead session was to remove', async () => {
    stopClock();
    await using test = await testManager();
    const maker = test.another({}, asSession(await deadProof()));
    const { ref } = await maker.run({ image: 'sleep:1', autoRemove: true });
    await maker[Symbol.asyncDispose]();
    const container = await test.manager.adopt(ref);
    await container.kill();
    await passUntil(() => test.engine.containers.size === 0);
    await expect(container.wait()).resolves.toMatchObject({ reason: 'killed', code: 137 });
  });
});
