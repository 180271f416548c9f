import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { assertGone, ownedBy, rejectsWith } from '../expectations.ts';
import { gather } from '../gather.ts';

export const findingCases: readonly Case[] = [
  {
    id: 'finding/exact-names',
    title: 'get compares names and ids whole: neither the beginning nor a part of them is enough',
    requirements: ['H1', 'C97', 'C88'],
    uses: ['name'],
    tags: ['version'],
    mutants: ['names-by-prefix'],
    async run({ run, manager, name }) {
      const long = `${name('run')}-12`;
      const container = await run([{ do: 'hold' }], { name: long });
      for (const part of [long.slice(0, -1), long.slice(1), container.id.slice(0, 12), container.id.slice(0, -1)]) {
        await rejectsWith(manager.get(part), 'CONTAINER_NOT_FOUND', part);
        await rejectsWith(manager.inspect(part), 'CONTAINER_NOT_FOUND', part);
      }
      assert.equal((await manager.get(long)).id, container.id);
      assert.equal((await manager.get(container.id)).name, long);
    },
  },
  {
    id: 'finding/list',
    title: 'list tells this owner’s containers in every state, each once',
    requirements: ['F40', 'F77', 'C101', 'H6'],
    uses: [],
    mutants: ['lists-leave-out-ended'],
    async run(context) {
      const { run, manager, workload } = context;
      const made = [
        await manager.create(workload([])),
        await run([{ do: 'exit', code: 200 }]),
        await run([{ do: 'hold' }]),
      ];
      await made[1]?.wait();
      const listed = await gather(manager.list());
      assert.deepEqual(listed.map(({ id }) => id).toSorted(), made.map(({ id }) => id).toSorted());
      const phases = new Map(listed.map(({ id, state }) => [id, state.phase]));
      assert.deepEqual(
        made.map(({ id }) => phases.get(id)),
        ['created', 'exited', 'running'],
      );
      assert.deepEqual((await ownedBy(context, context.owner)).toSorted(), made.map(({ name }) => name).toSorted());
    },
  },
  {
    id: 'finding/labels',
    title: 'list with several labels gives what has all of them',
    requirements: ['F77', 'C98', 'C99'],
    uses: ['labels'],
    mutants: ['one-label-is-enough'],
    async run({ run, manager }) {
      const both = await run([{ do: 'hold' }], { labels: { a: '1', b: '2' } });
      await run([{ do: 'hold' }], { labels: { a: '1' } });
      const ids = async (labels: Readonly<Record<string, string>>): Promise<readonly string[]> =>
        (await gather(manager.list({ labels }))).map(({ id }) => id);
      assert.deepEqual(await ids({ a: '1', b: '2' }), [both.id]);
      assert.equal((await ids({ a: '1' })).length, 2);
      assert.deepEqual(await ids({ a: '1', b: '1' }), []);
    },
  },
];

export const ownershipCases: readonly Case[] = [
  {
    id: 'ownership/lists',
    title: 'owners do not see each other’s containers unless they ask for foreign ones',
    requirements: ['T32', 'F74'],
    uses: [],
    mutants: ['lists-mix-owners'],
    async run({ run, connect, owner }) {
      const mine = await run([{ do: 'hold' }]);
      const other = connect({ owner: `${owner}-2` });
      assert.deepEqual(await gather(other.list()), []);
      const all = await gather(other.list({ foreign: true }));
      assert.equal(all.find(({ id }) => id === mine.id)?.owner, owner);
    },
  },
  {
    id: 'ownership/changes',
    title: 'another owner’s container can be read but not changed: NOT_OWNED, and it runs on',
    requirements: ['T32', 'H1', 'H31'],
    uses: [],
    tags: ['version'],
    mutants: ['anyone-may-kill'],
    async run(context) {
      const { run, connect, owner } = context;
      const mine = await run([{ do: 'hold' }]);
      const other = connect({ owner: `${owner}-2` });
      await rejectsWith(other.stop(mine.id), 'NOT_OWNED', owner);
      await rejectsWith(other.kill(mine.id), 'NOT_OWNED', owner);
      await rejectsWith(other.remove(mine.id), 'NOT_OWNED', owner);
      assert.equal((await other.inspect(mine.id)).state.phase, 'running');
      await other.remove(mine.id, { foreign: true });
      await assertGone(context, mine.id);
    },
  },
  {
    id: 'ownership/strangers',
    title: 'a container that the library did not make is seen only as foreign, has no owner, and is not changed',
    requirements: ['T32', 'F77', 'H1'],
    uses: ['name'],
    mutants: ['strangers-get-an-owner'],
    async run({ manager, target, name }) {
      const stranger = name('stranger');
      const { make, unmake } = target.look;
      if (make === undefined || unmake === undefined) {
        // An engine without containers of its own has no strangers either: all that it lists is the library's.
        for await (const { owner } of manager.list({ foreign: true })) assert.ok(owner !== undefined);
        return;
      }
      await make('container', stranger);
      try {
        const found = (await gather(manager.list({ foreign: true }))).filter((info) => info.name === stranger);
        assert.deepEqual(
          found.map(({ owner }) => owner),
          [undefined],
        );
        assert.ok(!(await gather(manager.list())).some((info) => info.name === stranger));
        await rejectsWith(manager.remove(found[0]?.id ?? ''), 'NOT_OWNED');
      } finally {
        await unmake('container', stranger);
      }
    },
  },
  {
    id: 'ownership/reap',
    title: 'reap leaves alone what belongs to a living session, to another owner, or was detached',
    requirements: ['F77', 'T32', 'F78'],
    uses: [],
    mutants: ['reap-takes-the-living'],
    async run({ run, connect, session, workload }) {
      const mine = await run([{ do: 'hold' }]);
      const other = await session();
      const { id: theirs = '' } = await other.perform({ do: 'run', spec: workload([{ do: 'hold' }]) });
      const { id: given = '' } = await other.perform({ do: 'detach', spec: workload([{ do: 'hold' }]) });
      const third = connect();
      const { removed, left } = await third.reap();
      assert.deepEqual(
        removed.filter((id) => [mine.id, theirs, given].includes(id)),
        [],
      );
      assert.ok(left.some(({ id, reason }) => id === theirs && reason !== ''));
      for (const id of [mine.id, theirs, given]) assert.equal((await third.inspect(id)).state.phase, 'running');
      await other.kill();
      const after = (await third.reap()).removed;
      assert.deepEqual(
        [mine.id, theirs, given].filter((id) => after.includes(id)),
        [theirs],
      );
      assert.equal((await third.inspect(given)).state.phase, 'running');
      await third.remove(given);
    },
  },
];
