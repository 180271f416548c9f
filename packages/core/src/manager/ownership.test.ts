import { describe, expect, it } from 'vitest';
import { label } from '../estate/labels.ts';
import type { ContainerInfo } from '../container.ts';
import type { ContainerManager, ListFilter } from '../manager.ts';
import { readAll } from './__fixtures__/read-all.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

interface Foreign {
  readonly id: string;
  readonly other: ContainerManager;
}

/** A container of another owner on the same engine. */
async function foreign(test: TestManager): Promise<Foreign> {
  const other = test.another({ owner: 'somebody else' });
  const { id } = await other.run({ image: 'sleep:1', name: 'theirs' });
  return { id, other };
}

describe('a container of another owner', () => {
  it.each([
    ['stop', (manager: ContainerManager, id: string) => manager.stop(id)],
    ['kill', (manager: ContainerManager, id: string) => manager.kill(id)],
    ['remove', (manager: ContainerManager, id: string) => manager.remove(id)],
    ['start', (manager: ContainerManager, id: string) => manager.start(id)],
    ['exec', (manager: ContainerManager, id: string) => manager.exec(id, ['true'])],
  ])('is NOT_OWNED for %s, by id and by name (invariant 7)', async (_, change) => {
    await using test = await testManager();
    const { id } = await foreign(test);
    await expect(change(test.manager, id)).rejects.toMatchObject({ code: 'NOT_OWNED', backend: 'memory' });
    await expect(change(test.manager, 'theirs')).rejects.toMatchObject({ code: 'NOT_OWNED' });
    expect(test.engine.containers.get(id)?.running).toBe(true);
  });

  it('can be read, and changed if the caller says foreign', async () => {
    await using test = await testManager();
    const { id } = await foreign(test);
    await expect(test.manager.inspect(id)).resolves.toMatchObject({ owner: expect.stringMatching(/^x-/) });
    await test.manager.kill(id, 'SIGTERM', { foreign: true });
    await expect(test.manager.wait(id)).resolves.toMatchObject({ code: 143 });
    await test.manager.remove(id, { foreign: true });
    expect(test.engine.containers.size).toBe(0);
  });

  it('cannot be adopted', async () => {
    await using test = await testManager();
    const { other } = await foreign(test);
    const { ref } = await other.get('theirs');
    await expect(test.manager.adopt(ref)).rejects.toMatchObject({ code: 'NOT_OWNED' });
  });
});

describe('changing a container', () => {
  it('that is not there: removing resolves, all else rejects', async () => {
    await using test = await testManager();
    await expect(test.manager.remove('nobody')).resolves.toBeUndefined();
    await expect(test.manager.stop('nobody')).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
    await expect(test.manager.kill('nobody')).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
    await expect(test.manager.start('nobody')).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
  });

  it('takes a name whole: the beginning of an id or name is nobody (H1, C97)', async () => {
    await using test = await testManager({
      // An engine that takes prefixes, as real ones do.
      decorate: replace((backend) => ({
        async inspect(ids, call) {
          const all = await backend.list({}, call);
          return new Map(
            ids.flatMap((id) => all.filter((one) => one.id.startsWith(id)).map((one) => [id, one] as const)),
          );
        },
      })),
    });
    const { id } = await test.manager.run({ image: 'sleep:1', name: 'run-12' });
    for (const prefix of [id.slice(0, 12), 'run-1']) {
      await test.manager.remove(prefix);
      await expect(test.manager.get(prefix)).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
    }
    expect(test.engine.containers.size).toBe(1);
    await test.manager.remove('run-12');
    expect(test.engine.containers.size).toBe(0);
  });

  it('that has ended resolves for stop and kill', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'exit:1', command: ['2'] });
    await container.wait();
    await container.stop();
    await container.kill();
    await expect(container.wait()).resolves.toMatchObject({ reason: 'error', code: 2 });
  });

  it.each([
    ['stop', { graceSeconds: -1 }],
    ['stop', { graceSeconds: 0.5 }],
    ['stop', { timeout: 3 }],
  ] as const)('refuses options of %s that do not fit: %j', async (_, options) => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    // What a caller without types may pass.
    await expect(container.stop(options as { graceSeconds: number })).rejects.toMatchObject({ code: 'INVALID_SPEC' });
    expect(test.engine.containers.get(container.id)?.running).toBe(true);
  });

  it.each(['9', 'KILL', 'SIGKILL --all', ''])('refuses the signal %j', async (signal) => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    await expect(container.kill(signal)).rejects.toMatchObject({ code: 'INVALID_SPEC', operation: 'kill' });
  });
});

describe('list', () => {
  const names = async (manager: ContainerManager, filter?: ListFilter): Promise<readonly string[]> =>
    (await readAll<ContainerInfo>(manager.list(filter))).map(({ name }) => name);

  it('shows the containers of this owner, of all its processes, oldest first (C101)', async () => {
    await using test = await testManager({
      decorate: replace((backend) => ({
        list: async (labels, call) => (await backend.list(labels, call)).toReversed(),
      })),
    });
    await foreign(test);
    await test.manager.run({ image: 'sleep:1', name: 'first' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await test.another().run({ image: 'sleep:1', name: 'second' });
    expect(await names(test.manager)).toEqual(['first', 'second']);
  });

  it('shows all with foreign, and only those with the labels that were asked for', async () => {
    await using test = await testManager();
    await foreign(test);
    await test.manager.run({ image: 'sleep:1', name: 'mine', labels: { study: '7' } });
    expect((await names(test.manager, { foreign: true })).toSorted()).toEqual(['mine', 'theirs']);
    expect(await names(test.manager, { labels: { study: '7' } })).toEqual(['mine']);
    expect(await names(test.manager, { labels: { study: '8' } })).toEqual([]);
  });

  it('leaves out containers that only lend a view into a volume', async () => {
    await using test = await testManager({
      decorate: replace((backend) => ({
        create: (plan, call) => backend.create({ ...plan, labels: { ...plan.labels, [label.role]: 'helper' } }, call),
      })),
    });
    await test.manager.run({ image: 'sleep:1' });
    expect(await names(test.manager)).toEqual([]);
  });

  it('shows none of the library’s own labels', async () => {
    await using test = await testManager();
    await test.manager.run({ image: 'sleep:1', labels: { study: '7' } });
    const [info] = await readAll(test.manager.list());
    expect(info).toMatchObject({ labels: { study: '7' }, owner: 'tester', image: 'sleep:1' });
    expect(Object.keys(info?.labels ?? {})).toEqual(['study']);
  });
});
