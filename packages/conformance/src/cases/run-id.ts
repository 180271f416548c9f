import assert from 'node:assert/strict';
import type { RunSpec } from '@fairlead/core';
import type { Case, CaseContext } from '../case.ts';
import { ownedBy, rejectsWith } from '../expectations.ts';

export const runIdCases: readonly Case[] = [
  {
    id: 'run-id/same',
    title: 'the same runId and spec is the same container, also when it has ended',
    requirements: ['F75', 'F78', 'A20'],
    uses: ['runId'],
    proves: 'runId',
    tags: ['version'],
    mutants: ['ended-runs-are-repeated'],
    async run(context) {
      const spec = specOf(context, context.name('run'));
      const first = await context.manager.run(spec);
      assert.equal((await context.manager.run(spec)).id, first.id);
      assert.equal((await first.wait()).code, 51);
      const again = await context.connect().run(spec);
      assert.equal(again.id, first.id);
      assert.equal((await again.wait()).code, 51);
      assert.equal((await again.inspect()).runId, spec.runId);
      assert.equal((await ownedBy(context, context.owner)).length, 1);
    },
  },
  {
    id: 'run-id/conflict',
    title: 'the same runId with another spec is CONFLICT, and the first container stays',
    requirements: ['F75', 'F49'],
    uses: ['runId'],
    mutants: ['run-id-beats-spec'],
    async run(context) {
      const spec = specOf(context, context.name('run'));
      const first = await context.manager.run(spec);
      await rejectsWith(context.manager.run({ ...spec, stopGraceSeconds: 3 }), 'CONFLICT', 'runId');
      assert.equal((await first.wait()).code, 51);
    },
  },
  {
    id: 'run-id/at-once',
    title: 'several processes that run the same runId at the same time get one container',
    requirements: ['F75', 'K59', 'F31'],
    uses: ['runId'],
    mutants: ['names-are-not-a-lock'],
    async run(context) {
      const spec = specOf(context, context.name('run'));
      const sessions = await Promise.all([context.session(), context.session()]);
      const results = await Promise.all([
        context.manager.run(spec),
        context.connect().run(spec),
        ...sessions.map((session) => session.perform({ do: 'run', spec })),
      ]);
      assert.equal(new Set(results.map(({ id }) => id)).size, 1);
      assert.equal((await ownedBy(context, context.owner)).length, 1);
    },
  },
  {
    id: 'run-id/owners',
    title: 'the same runId of two owners is two containers',
    requirements: ['T32', 'F75'],
    uses: ['runId'],
    mutants: ['run-ids-cross-owners'],
    async run(context) {
      const spec = specOf(context, context.name('run'));
      const other = context.connect({ owner: `${context.owner}-2` });
      const mine = await context.manager.run(spec);
      const theirs = await other.run(spec);
      assert.notEqual(mine.id, theirs.id);
      assert.deepEqual(
        [(await mine.inspect()).owner, (await theirs.inspect()).owner],
        [context.owner, `${context.owner}-2`],
      );
    },
  },
  {
    id: 'run-id/made-again',
    title: 'what a killed process created and never started is made again',
    requirements: ['F78', 'F33', 'T22'],
    uses: ['runId'],
    tags: ['mandatory'],
    mutants: ['never-started-is-adopted'],
    async run(context) {
      const spec = specOf(context, context.name('run'));
      const session = await context.session();
      await assert.rejects(session.perform({ do: 'run', spec, dieAt: 'starting' }));
      await session.kill();
      const container = await context.manager.run(spec, { timeoutMs: 40_000 });
      assert.equal((await container.wait()).code, 51);
      assert.equal((await ownedBy(context, context.owner)).length, 1);
    },
  },
];

function specOf({ workload }: CaseContext, runId: string): RunSpec {
  return {
    ...workload([
      { do: 'pause', seconds: 1 },
      { do: 'exit', code: 51 },
    ]),
    runId,
  };
}
