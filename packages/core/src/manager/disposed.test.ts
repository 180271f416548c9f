import { describe, expect, it } from 'vitest';
import type { Container } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { ContainerManager } from '../manager.ts';
import { readAll } from './__fixtures__/read-all.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

const refused = { code: 'CONFLICT', backend: 'memory', retryable: 'no' };

const calls: readonly (readonly [string, (manager: ContainerManager, container: Container) => Promise<unknown>])[] = [
  ['probe', (manager) => manager.probe()],
  ['run', (manager) => manager.run({ image: 'sleep:1' })],
  ['runToCompletion', (manager) => manager.runToCompletion({ image: 'exit:1' })],
  ['list', (manager) => readAll(manager.list())],
  ['inspect', (manager, { id }) => manager.inspect(id)],
  ['logs', (manager, { id }) => readAll(manager.logs(id))],
  ['createVolume', (manager) => manager.createVolume()],
  ['images.ensure', (manager) => manager.images.ensure('sleep:1')],
  ['kube.list', (manager) => manager.kube.list()],
  ['reap', (manager) => manager.reap()],
  ['inspect of a handle', (_, container) => container.inspect()],
  ['wait of a handle', (_, container) => container.wait()],
  ['logs of a handle', (_, container) => readAll(container.logs({ follow: true }))],
  ['exec of a handle', (_, container) => container.exec(['sleep'])],
  ['stop of a handle', (_, container) => container.stop()],
  ['remove of a handle', (_, container) => container.remove()],
  ['disposal of a handle', async (_, container) => container[Symbol.asyncDispose]()],
];

/** An engine that cannot be reached once its manager has been closed, as over a socket. */
function closing(): Promise<TestManager> {
  const lost = new FairleadError({ code: 'CONNECTION_LOST', message: 'lost', retryable: 'yes' });
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => undefined);
  let open = true;
  return testManager({
    decorate: replace(({ inspect, logs }) => ({
      inspect: (ids, call) => (open ? inspect(ids, call) : Promise.reject(lost)),
      wait: () => closed.promise,
      async *logs(id, request, call) {
        yield* logs(id, { ...request, follow: false }, call);
        if (request.follow) await closed.promise;
      },
      async close() {
        open = false;
        closed.reject(lost);
      },
    })),
  });
}

describe('a disposed manager', () => {
  it.each(calls)('refuses %s, and asks nothing of the engine', async (_, act) => {
    await using test = await testManager();
    const manager = test.another();
    const container = await manager.run({ image: 'sleep:1' });
    await manager[Symbol.asyncDispose]();
    await expect(act(manager, container)).rejects.toMatchObject(refused);
    await expect(act(manager, container)).rejects.toThrow('the manager has been disposed');
    expect(test.engine.containers.get(container.id)?.running).toBe(true);
    expect(test.engine.containers.size).toBe(1);
  });

  it('refuses the lines of a play and its disposal', async () => {
    await using test = await testManager();
    const manager = test.another();
    const containers = [{ name: 'c', image: 'sleep:1' }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } };
    const play = await manager.playKube({ objects: [pod] });
    await manager[Symbol.asyncDispose]();
    await expect(readAll(play.logs())).rejects.toMatchObject(refused);
    await expect(play[Symbol.asyncDispose]()).rejects.toMatchObject(refused);
    expect(test.engine.plays.size).toBe(1);
  });

  it('ends a wait and a follower that are under way, and does not wait for the engine to come back', async () => {
    await using test = await closing();
    const container = await test.manager.run({ image: 'sleep:1' });
    const waiting = container.wait().catch((error: unknown) => error);
    const following = readAll(container.logs({ follow: true })).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await test.manager[Symbol.asyncDispose]();
    expect(await Promise.all([waiting, following])).toMatchObject([refused, refused]);
  });

  it('leaves handles alone that have nothing to remove', async () => {
    await using test = await testManager();
    const manager = test.another();
    const container = await manager.run({ image: 'sleep:1' });
    const got = await manager.get(container.id);
    await container.detach();
    await manager[Symbol.asyncDispose]();
    await container[Symbol.asyncDispose]();
    await got[Symbol.asyncDispose]();
    expect(test.engine.containers.size).toBe(1);
  });
});
