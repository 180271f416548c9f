import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Container } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { ContainerManager } from '../manager.ts';
import { pass, passUntil, stopClock } from './__fixtures__/fake-clock.ts';
import { testManager } from './__fixtures__/test-manager.ts';
import { readAll } from './__fixtures__/read-all.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Runs something that ends at once and removes itself. */
function runShort(manager: ContainerManager): Promise<Container> {
  return manager.run({ image: 'say:1', command: ['hello'], autoRemove: true });
}

describe('autoRemove', () => {
  it('removes after the end, and the exit is not lost', async () => {
    stopClock();
    await using test = await testManager();
    const container = await runShort(test.manager);
    await passUntil(() => test.engine.containers.size === 0);
    await expect(container.wait()).resolves.toMatchObject({ reason: 'ok', code: 0 });
    await expect(container.inspect()).resolves.toMatchObject({ state: { phase: 'lost' } });
  });

  it('leaves time for a reader who comes right after run', async () => {
    stopClock();
    await using test = await testManager();
    const container = await runShort(test.manager);
    await pass(500);
    await expect(readAll(container.logs({ follow: true }))).resolves.toMatchObject([{ text: 'hello' }]);
  });

  it('waits for readers, however slow, but not for streams that nobody reads', async () => {
    stopClock();
    await using test = await testManager();
    const container = await runShort(test.manager);
    const unread = container.logs({ follow: true });
    const reader = container.logs({ follow: true })[Symbol.asyncIterator]();
    await expect(reader.next()).resolves.toMatchObject({ value: { text: 'hello' } });
    await pass(10_000);
    expect(test.engine.containers.size).toBe(1);
    await expect(reader.next()).resolves.toMatchObject({ done: true });
    await passUntil(() => test.engine.containers.size === 0);
    await unread[Symbol.asyncDispose]();
  });

  it('holds for a container that was created first and started later', async () => {
    stopClock();
    await using test = await testManager();
    const { id } = await test.manager.create({ image: 'exit:1', autoRemove: true });
    await test.manager.start(id);
    await passUntil(() => test.engine.containers.size === 0);
    await expect(test.manager.wait(id)).resolves.toMatchObject({ code: 0 });
  });

  it('still removes what has ended when the manager is disposed, and leaves what runs', async () => {
    await using test = await testManager();
    const manager = test.another();
    const ended = await runShort(manager);
    await ended.wait();
    const running = await manager.run({ image: 'sleep:1', autoRemove: true });
    await manager[Symbol.asyncDispose]();
    expect([...test.engine.containers.keys()]).toEqual([running.id]);
  });

  it('survives an engine that is away for long', async () => {
    stopClock();
    let away = false;
    const lost = new FairleadError({ code: 'CONNECTION_LOST', message: 'lost' });
    await using test = await testManager({
      decorate: (backend) => ({
        ...backend,
        inspect: (ids, call) => (away ? Promise.reject(lost) : backend.inspect(ids, call)),
      }),
    });
    const { id } = await test.manager.run({ image: 'sleep:1', autoRemove: true });
    away = true;
    test.engine.containers.get(id)?.deliver('SIGKILL');
    await pass(60_000);
    away = false;
    await passUntil(() => test.engine.containers.size === 0);
    expect(test.engine.containers.size).toBe(0);
  });
});
