import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { assertGone, ownedBy, rejectsWith, seen } from '../expectations.ts';
import { gather } from '../gather.ts';

/** What one process of an owner starts another one can do everything with. */
export const otherProcessCases: readonly Case[] = [
  {
    id: 'processes/share',
    title: 'a second process finds, inspects, follows, waits for and removes what the first one started',
    requirements: ['V1', 'V23', 'F78'],
    uses: ['logs.follow'],
    tags: ['version'],
    mutants: ['strangers-cannot-wait-and-follow'],
    async run(context) {
      const container = await context.run([
        { do: 'on-signal', signal: 'SIGUSR1', steps: [{ do: 'exit', code: 61 }] },
        { do: 'print', text: 'hello\n' },
        { do: 'hold' },
      ]);
      const other = await context.session();
      assert.deepEqual((await other.perform({ do: 'list' })).ids, [container.id]);
      const watching = Promise.all([
        other.perform({ do: 'follow', id: container.id }),
        other.perform({ do: 'wait', id: container.id }),
      ]);
      await context.pause(0.5);
      await container.kill('SIGUSR1');
      const [followed, waited] = await watching;
      assert.equal(followed.text, 'hello\n');
      assert.deepEqual([waited.exit?.reason, waited.exit?.code], ['error', 61]);
      await other.perform({ do: 'remove', id: container.id });
      await assertGone(context, container.id);
    },
  },
  {
    id: 'processes/adopt',
    title: 'a reference survives as JSON: another process adopts by it, and disposing that handle removes nothing',
    requirements: ['F78', 'A17'],
    uses: [],
    mutants: ['adopted-handles-remove'],
    async run({ session, connect, manager, workload }) {
      const { ref } = await (await session()).perform({ do: 'detach', spec: workload([{ do: 'hold' }]) });
      assert.ok(ref !== undefined);
      const adopter = connect();
      {
        await using adopted = await adopter.adopt(JSON.parse(JSON.stringify(ref)));
        assert.equal(adopted.id, ref.id);
        assert.equal((await adopted.inspect()).state.phase, 'running');
      }
      assert.equal((await manager.inspect(ref.id)).state.phase, 'running');
      await rejectsWith(adopter.adopt({ ...ref, engineId: 'another' }), 'INVALID_SPEC');
      await manager.remove(ref.id);
      await rejectsWith(adopter.adopt(ref), 'CONTAINER_NOT_FOUND', ref.id);
    },
  },
];

/** `kill -9` of the process that uses the library, in each phase of a run. */
export const crashCases: readonly Case[] = [
  {
    id: 'crashes/before-create',
    title: 'killed before it creates, a process leaves nothing',
    requirements: ['F27', 'H27', 'F77'],
    uses: ['name'],
    tags: ['mandatory'],
    mutants: ['progress-is-told-late'],
    async run(context) {
      const name = context.name('never');
      const session = await context.session();
      await assert.rejects(
        session.perform({ do: 'run', spec: { ...context.workload([{ do: 'hold' }]), name }, dieAt: 'creating' }),
      );
      await session.kill();
      assert.deepEqual(await gather(context.manager.list()), []);
      await assertGone(context, name);
    },
  },
  {
    id: 'crashes/before-start',
    title: 'killed between create and start, a process leaves a container that another one reaps',
    requirements: ['F77', 'F78', 'H27'],
    uses: [],
    tags: ['mandatory'],
    mutants: ['reap-leaves-the-unstarted'],
    async run(context) {
      const session = await context.session();
      await assert.rejects(session.perform({ do: 'run', spec: context.workload([{ do: 'hold' }]), dieAt: 'starting' }));
      await session.kill();
      const [left] = await gather(context.manager.list());
      assert.equal(left?.state.phase, 'created');
      assert.ok((await context.manager.reap()).removed.includes(left.id));
      await assertGone(context, left.id);
    },
  },
  {
    id: 'crashes/running',
    title: 'killed while its container runs, a process loses nothing: another one has logs, state and the exit code',
    requirements: ['F78', 'L28', 'C180', 'S1'],
    uses: ['logs.follow'],
    tags: ['version', 'mandatory'],
    mutants: ['adopted-logs-begin-now'],
    async run(context) {
      const session = await context.session();
      const steps = [
        {
          do: 'on-signal',
          signal: 'SIGUSR1',
          steps: [
            { do: 'print', text: 'after\n' },
            { do: 'exit', code: 62 },
          ],
        },
        { do: 'print', text: 'before\n' },
        { do: 'hold' },
      ] as const;
      const { ref } = await session.perform({ do: 'run', spec: context.workload(steps) });
      assert.ok(ref !== undefined);
      await session.kill();
      const container = await context.manager.adopt(ref);
      assert.equal((await container.inspect()).state.phase, 'running');
      const texts: string[] = [];
      for await (const { text } of container.logs({ follow: true })) {
        texts.push(text);
        if (text === 'before') await container.kill('SIGUSR1');
      }
      assert.deepEqual(texts, ['before', 'after']);
      assert.equal((await container.wait()).code, 62);
      await container.remove();
    },
  },
  {
    id: 'crashes/reading',
    title: 'killed while it follows and waits, a process leaves the container to end by itself, and reap takes it then',
    requirements: ['F78', 'F77', 'L28'],
    uses: ['logs.follow'],
    tags: ['mandatory'],
    mutants: ['reap-spares-the-ended'],
    async run(context) {
      const session = await context.session();
      const { id = '' } = await session.perform({
        do: 'run',
        spec: context.workload([
          { do: 'print', text: 'one\n' },
          // On a busy machine the process below must be dead by then.
          { do: 'pause', seconds: 3 },
          { do: 'exit', code: 63 },
        ]),
      });
      await Promise.all([
        assert.rejects(session.perform({ do: 'follow', id })),
        assert.rejects(session.perform({ do: 'wait', id })),
        context.pause(0.4).then(() => session.kill()),
      ]);
      assert.equal((await context.manager.wait(id)).code, 63);
      assert.deepEqual(
        (await gather(context.manager.logs(id))).map(({ text }) => text),
        ['one'],
      );
      assert.ok((await context.manager.reap()).removed.includes(id));
      await assertGone(context, id);
    },
  },
  {
    id: 'crashes/completing',
    title: 'killed inside runToCompletion, a process leaves one container, which reap kills and removes',
    requirements: ['F77', 'H13', 'S20'],
    uses: [],
    tags: ['mandatory'],
    mutants: ['completions-are-kept'],
    async run(context) {
      const session = await context.session();
      const completing = assert.rejects(
        session.perform({
          do: 'complete',
          spec: context.workload([{ do: 'ignore-signal', signal: 'SIGTERM' }, { do: 'hold' }]),
        }),
      );
      const running = await context.until(async () =>
        (await gather(context.manager.list())).find(({ state }) => state.phase === 'running'),
      );
      await session.kill();
      await completing;
      assert.equal((await seen(context, running.id))?.running, true);
      assert.ok((await context.manager.reap()).removed.includes(running.id));
      assert.deepEqual(await ownedBy(context, context.owner), []);
    },
  },
];
