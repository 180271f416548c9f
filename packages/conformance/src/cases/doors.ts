import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { assertGone } from '../expectations.ts';
import { gather } from '../gather.ts';

export const doorCases: readonly Case[] = [
  {
    id: 'doors/agree',
    title: 'what is started through one door to an engine is found, read and removed through every other one',
    requirements: ['B4', 'B5', 'T17'],
    uses: [],
    mutants: ['creation-time-is-now'],
    async run(context) {
      const { manager, owner, target } = context;
      const probe = await manager.probe();
      for (const { connect } of [...(target.doors ?? []), target]) {
        const container = await context.run([{ do: 'print', text: 'hello\n' }, { do: 'hold' }]);
        await using other = connect({ owner });
        const theirs = await other.probe();
        assert.ok(probe.usable && theirs.usable);
        assert.equal(theirs.engineId, probe.engineId, 'one engine has one id, whatever the door');
        const [mine, seen] = [await container.inspect(), await other.inspect(container.name)];
        assert.deepEqual(
          [seen.id, seen.owner, seen.session, seen.state.phase],
          [mine.id, owner, mine.session, 'running'],
        );
        assert.ok(
          Math.abs(Date.parse(seen.createdAt) - Date.parse(mine.createdAt)) < 1,
          'both tell when it was created',
        );
        const lines = await context.until(() =>
          gather(other.logs(container.id)).then((all) => (all.length > 0 ? all : undefined)),
        );
        assert.deepEqual(
          lines.map(({ text }) => text),
          ['hello'],
        );
        await other.remove(container.id);
        await assertGone(context, container.id);
      }
    },
  },
];
