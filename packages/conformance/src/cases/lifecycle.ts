import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { assertGone, rejectsWith, seen } from '../expectations.ts';

export const lifecycleCases: readonly Case[] = [
  {
    id: 'lifecycle/completes',
    title: 'runToCompletion gives both streams and the exit, and removes the container',
    requirements: ['B1', 'V3', 'V4', 'V23', 'T2', 'F17', 'H14'],
    uses: [],
    tags: ['version'],
    mutants: ['completion-drops-stderr'],
    async run({ finish }) {
      const { exit, stdout, stderr, truncated } = await finish([
        { do: 'print', text: 'out ü\n' },
        { do: 'print', text: 'err\n', to: 'stderr' },
      ]);
      assert.deepEqual({ stdout, stderr, truncated }, { stdout: 'out ü\n', stderr: 'err\n', truncated: false });
      assert.equal(exit.reason, 'ok');
      assert.equal(exit.code, 0);
    },
  },
  {
    id: 'lifecycle/exit-codes',
    title: 'a code other than 0 is a result that keeps its number, up to 255',
    requirements: ['V3', 'F37', 'H6', 'C178'],
    uses: [],
    tags: ['version'],
    mutants: ['high-codes-clipped'],
    async run({ finish }) {
      for (const code of [1, 77, 255]) {
        const { exit } = await finish([{ do: 'exit', code }]);
        assert.deepEqual({ reason: exit.reason, code: exit.code }, { reason: 'error', code });
      }
    },
  },
  {
    id: 'lifecycle/create-then-start',
    title: 'create runs nothing; start does, once',
    requirements: ['V3', 'T2', 'F16', 'H9'],
    uses: [],
    tags: ['version'],
    mutants: ['created-looks-running'],
    async run(context) {
      const spec = context.workload([{ do: 'hold' }]);
      const container = await context.manager.create(spec);
      assert.equal((await container.inspect()).state.phase, 'created');
      assert.equal((await seen(context, container.id))?.running ?? false, false);
      await context.manager.start(container.id);
      assert.equal((await container.inspect()).state.phase, 'running');
      assert.equal((await seen(context, container.id))?.running, true);
    },
  },
  {
    id: 'lifecycle/wait-before-start',
    title: 'a wait begun before the start answers after the end, with the right code',
    requirements: ['C29', 'C30', 'C31', 'L19', 'F17'],
    uses: [],
    mutants: ['created-counts-as-ended'],
    async run({ manager, workload, pause }) {
      const container = await manager.create(
        workload([
          { do: 'pause', seconds: 0.3 },
          { do: 'exit', code: 12 },
        ]),
      );
      let ended = false;
      const exit = container.wait().finally(() => (ended = true));
      await pause(0.5);
      assert.equal(ended, false, 'nothing has run yet');
      await manager.start(container.id);
      assert.equal((await exit).code, 12);
    },
  },
  {
    id: 'lifecycle/wait-after-exit',
    title: 'a wait on an ended container answers at once, as often as asked',
    requirements: ['C32', 'L20', 'F17'],
    uses: [],
    mutants: ['second-wait-lost'],
    async run({ run, connect }) {
      const container = await run([{ do: 'exit', code: 13 }]);
      assert.equal((await container.wait()).code, 13);
      assert.equal((await container.wait({ timeoutMs: 20_000 })).code, 13);
      assert.equal((await connect().wait(container.id, { timeoutMs: 20_000 })).code, 13);
    },
  },
  {
    id: 'lifecycle/many-waiters',
    title: 'every one of many waiters gets the end',
    requirements: ['L22', 'L23', 'F40'],
    uses: [],
    mutants: ['only-four-waiters'],
    async run({ run, manager }) {
      const container = await run([
        { do: 'pause', seconds: 0.5 },
        { do: 'exit', code: 14 },
      ]);
      const exits = await Promise.all(Array.from({ length: 8 }, () => manager.wait(container.id)));
      assert.deepEqual(
        exits.map(({ code }) => code),
        Array.from({ length: 8 }, () => 14),
      );
    },
  },
  {
    id: 'lifecycle/times',
    title: 'an exit tells its attempt and when it began and ended',
    requirements: ['F35', 'A17'],
    uses: [],
    mutants: ['finished-before-started'],
    async run({ run }) {
      const container = await run([{ do: 'pause', seconds: 0.2 }]);
      const exit = await container.wait();
      const { createdAt, state } = await container.inspect();
      assert.equal(exit.attempt, 1);
      assert.equal(state.phase, 'exited');
      assert.ok(!Number.isNaN(Date.parse(createdAt)), `createdAt is a time: ${createdAt}`);
      assert.ok(
        Date.parse(exit.startedAt ?? '') <= Date.parse(exit.finishedAt ?? ''),
        `${exit.startedAt} to ${exit.finishedAt}`,
      );
    },
  },
  {
    id: 'lifecycle/start-failed',
    title: 'a command that is not in the image rejects with START_FAILED, and nothing is left',
    requirements: ['C23', 'C178', 'S8', 'F23', 'H13', 'H28'],
    uses: ['command', 'name'],
    tags: ['version'],
    mutants: ['failed-start-is-an-exit'],
    async run(context) {
      const { image } = context.workload([]);
      const name = context.name('no-command');
      await rejectsWith(context.manager.run({ image, name, command: ['/no/such/command'] }), 'START_FAILED');
      await assertGone(context, name);
    },
  },
  {
    id: 'lifecycle/parallel',
    title: 'containers that start at the same time keep their output and codes apart',
    requirements: ['S20', 'F40'],
    uses: [],
    mutants: ['crowds-share-codes'],
    async run({ finish }) {
      const numbers = [20, 21, 22, 23, 24, 25];
      const done = await Promise.all(
        numbers.map((code) =>
          finish([
            { do: 'print', text: `I am ${code}\n` },
            { do: 'exit', code },
          ]),
        ),
      );
      assert.deepEqual(
        done.map(({ exit, stdout }) => [exit.code, stdout]),
        numbers.map((code) => [code, `I am ${code}\n`]),
      );
    },
  },
  {
    id: 'lifecycle/info',
    title: 'inspect tells id, name, image as given, owner and session, and hides labels of the library',
    requirements: ['B17', 'F15', 'F74'],
    uses: ['labels'],
    mutants: ['image-told-as-id'],
    async run({ run, manager, workload, owner }) {
      const container = await run([{ do: 'hold' }], { labels: { tier: 'test' } });
      const info = await manager.inspect(container.id);
      assert.equal(info.id, container.id);
      assert.equal(info.name, container.name);
      assert.equal(info.image, workload([]).image);
      assert.equal(info.owner, owner);
      assert.match(info.session ?? '', /^[0-9a-f]{32}$/);
      assert.equal(info.labels['tier'], 'test');
      assert.deepEqual(
        Object.keys(info.labels).filter((key) => key.startsWith('io.fairlead.')),
        [],
      );
    },
  },
  {
    id: 'lifecycle/lost',
    title: 'a handle whose container is gone reports lost; the manager does not know it',
    requirements: ['F36', 'C25'],
    uses: [],
    mutants: ['gone-looks-exited'],
    async run({ run, manager, connect }) {
      const container = await run([{ do: 'hold' }]);
      await connect().remove(container.id);
      assert.equal((await container.inspect()).state.phase, 'lost');
      await rejectsWith(manager.inspect(container.id), 'CONTAINER_NOT_FOUND', container.id);
    },
  },
];
