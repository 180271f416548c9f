import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { assertGone, rejectsWith, seen } from '../expectations.ts';
import { untilSaid } from '../until-said.ts';

export const stoppingCases: readonly Case[] = [
  {
    id: 'stopping/graceful',
    title: 'stop lets a container end by itself within its grace, and its code is kept',
    requirements: ['F20', 'B25', 'C179'],
    uses: [],
    tags: ['version'],
    mutants: ['stop-kills-at-once'],
    async run({ run }) {
      const container = await run([
        { do: 'on-signal', signal: 'SIGTERM', steps: [{ do: 'exit', code: 31 }] },
        { do: 'print', text: 'ready\n' },
        { do: 'hold' },
      ]);
      await untilSaid(container, 'ready');
      await container.stop();
      const exit = await container.wait();
      assert.deepEqual([exit.reason, exit.code], ['killed', 31]);
    },
  },
  {
    id: 'stopping/grace',
    title: 'what ignores its stop signal is killed after stopGraceSeconds, with code 137',
    requirements: ['B25', 'F20', 'C13', 'K48'],
    uses: ['stopGraceSeconds'],
    proves: 'stopGraceSeconds',
    mutants: ['grace-is-ignored', 'stop-kills-at-once'],
    async run({ run }) {
      const container = await run(
        [{ do: 'ignore-signal', signal: 'SIGTERM' }, { do: 'print', text: 'ready\n' }, { do: 'hold' }],
        {
          stopGraceSeconds: 1,
        },
      );
      await untilSaid(container, 'ready');
      const started = performance.now();
      await container.stop();
      const seconds = (performance.now() - started) / 1000;
      assert.equal((await container.wait()).code, 137);
      assert.ok(seconds >= 0.9, `killed after ${seconds} s instead of 1`);
      assert.ok(seconds < 9, `killed after ${seconds} s instead of 1`);
    },
  },
  {
    id: 'stopping/signal',
    title: 'stop sends the stopSignal of the spec',
    requirements: ['F20', 'C179'],
    uses: ['stopSignal'],
    proves: 'stopSignal',
    mutants: ['stop-signal-is-term', 'stop-kills-at-once'],
    async run({ run }) {
      const container = await run(
        [
          { do: 'on-signal', signal: 'SIGUSR2', steps: [{ do: 'exit', code: 32 }] },
          { do: 'on-signal', signal: 'SIGTERM', steps: [{ do: 'exit', code: 1 }] },
          { do: 'print', text: 'ready\n' },
          { do: 'hold' },
        ],
        { stopSignal: 'SIGUSR2' },
      );
      await untilSaid(container, 'ready');
      await container.stop();
      assert.equal((await container.wait()).code, 32);
    },
  },
  {
    id: 'stopping/kill',
    title: 'kill ends a container at once: 137, and killed is told by who asked',
    requirements: ['F34', 'C178', 'S7'],
    uses: [],
    tags: ['version'],
    mutants: ['kill-code-is-the-signal'],
    async run({ run, connect }) {
      const container = await run([{ do: 'ignore-signal', signal: 'SIGTERM' }, { do: 'hold' }]);
      await container.kill();
      const exit = await container.wait();
      assert.deepEqual([exit.reason, exit.code], ['killed', 137]);
      const told = await connect().wait(container.id);
      assert.deepEqual(
        [told.reason, told.code],
        ['error', 137],
        'a manager that did not ask says what the engine says',
      );
    },
  },
  {
    id: 'stopping/kill-signal',
    title: 'kill sends the signal that was asked for, and the container runs on if it handles it',
    requirements: ['F34', 'C179'],
    uses: [],
    mutants: ['user-signals-mixed-up'],
    async run({ run }) {
      const container = await run([
        { do: 'on-signal', signal: 'SIGUSR2', steps: [{ do: 'print', text: 'got it\n' }] },
        { do: 'print', text: 'ready\n' },
        { do: 'hold' },
      ]);
      await untilSaid(container, 'ready');
      await container.kill('SIGUSR2');
      await untilSaid(container, 'got it');
      assert.equal((await container.inspect()).state.phase, 'running');
    },
  },
  {
    id: 'stopping/ended',
    title: 'stop and kill of a container that has ended resolve and change nothing',
    requirements: ['F20', 'C11', 'K48'],
    uses: [],
    mutants: ['stop-of-ended-fails'],
    async run({ run, connect }) {
      const container = await run([{ do: 'exit', code: 33 }]);
      assert.equal((await container.wait()).code, 33);
      await container.stop();
      await container.kill();
      assert.equal((await connect().wait(container.id)).code, 33);
    },
  },
  {
    id: 'stopping/remove-running',
    title: 'remove ends and removes a running container',
    requirements: ['F22', 'C16', 'B1', 'T2'],
    uses: [],
    tags: ['version'],
    mutants: ['remove-only-stops'],
    async run(context) {
      const container = await context.run([{ do: 'ignore-signal', signal: 'SIGTERM' }, { do: 'hold' }]);
      assert.equal((await seen(context, container.id))?.running, true);
      await container.remove();
      await assertGone(context, container.id);
    },
  },
  {
    id: 'stopping/remove-twice',
    title: 'removing what is gone, or what another is removing, resolves',
    requirements: ['F21', 'C19', 'K50'],
    uses: [],
    mutants: ['second-remove-fails'],
    async run({ run, manager }) {
      const container = await run([{ do: 'hold' }]);
      await Promise.all([container.remove(), manager.remove(container.id), manager.remove(container.id)]);
      await container.remove();
      await rejectsWith(manager.stop(container.id), 'CONTAINER_NOT_FOUND', container.id);
    },
  },
];
