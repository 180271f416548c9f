import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { assertGone, isOffered, rejectsWith, seen } from '../expectations.ts';
import { gather } from '../gather.ts';

export const disposalCases: readonly Case[] = [
  {
    id: 'disposal/handle',
    title: 'disposing a handle kills and removes its container, without grace',
    requirements: ['F22', 'B25'],
    uses: ['stopGraceSeconds'],
    mutants: ['disposing-forgets', 'disposing-waits'],
    async run(context) {
      let id = '';
      const started = performance.now();
      {
        const steps = [{ do: 'ignore-signal', signal: 'SIGTERM' }, { do: 'hold' }] as const;
        await using container = await context.run(steps, { stopGraceSeconds: 600 });
        id = container.id;
        await container.inspect();
      }
      assert.ok(performance.now() - started < 60_000, 'it did not wait for the grace');
      await assertGone(context, id);
    },
  },
  {
    id: 'disposal/detach',
    title: 'a detached container outlives its handle',
    requirements: ['F78'],
    uses: [],
    mutants: ['detached-handles-remove'],
    async run(context) {
      let id = '';
      {
        await using container = await context.run([{ do: 'hold' }]);
        id = (await container.detach()).id;
      }
      assert.equal((await seen(context, id))?.running, true);
    },
  },
  {
    id: 'disposal/manager',
    title: 'disposing a manager closes it and leaves its containers; what is asked of it later is refused at once',
    requirements: ['F78'],
    uses: [],
    mutants: ['managers-take-their-containers', 'disposed-managers-go-on'],
    async run(context) {
      const passing = context.connect();
      const container = await passing.run(context.workload([{ do: 'hold' }]));
      const { id } = container;
      await passing[Symbol.asyncDispose]();
      assert.equal((await seen(context, id))?.running, true);
      const started = performance.now();
      await rejectsWith(passing.inspect(id), 'CONFLICT', 'disposed');
      await rejectsWith(container.wait(), 'CONFLICT', 'disposed');
      await rejectsWith(gather(container.logs()), 'CONFLICT', 'disposed');
      assert.ok(performance.now() - started < 5_000, 'it did not wait for an engine to come back');
      await context.manager.remove(id);
    },
  },
  {
    id: 'disposal/auto-remove',
    title:
      'autoRemove removes a container after its end, and its code and output are not lost to who waits and follows',
    requirements: ['C36', 'C37', 'C38', 'C62', 'C18'],
    uses: ['autoRemove'],
    proves: 'autoRemove',
    tags: ['version'],
    mutants: ['auto-removal-is-too-early'],
    async run(context) {
      const container = await context.run(
        [
          { do: 'pause', seconds: 0.3 },
          { do: 'print', text: 'words\n' },
          { do: 'exit', code: 71 },
        ],
        { autoRemove: true },
      );
      const waiting = container.wait();
      if (isOffered(context.supports, 'logs.follow')) {
        const lines = await gather(container.logs({ follow: true }));
        assert.deepEqual(
          lines.map(({ text }) => text),
          ['words'],
        );
      }
      assert.equal((await waiting).code, 71);
      await context.until(async () => ((await seen(context, container.id)) === undefined ? true : undefined));
      await rejectsWith(context.connect().inspect(container.id), 'CONTAINER_NOT_FOUND');
    },
  },
];
