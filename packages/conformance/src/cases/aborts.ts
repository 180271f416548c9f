import assert from 'node:assert/strict';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import type { ContainerManager, ExecProcess, Progress } from '@fairlead/core';
import type { Case, CaseContext } from '../case.ts';
import { assertGone, errorOf, ownedBy, rejectsWith, textOf } from '../expectations.ts';
import { gather } from '../gather.ts';
import { factsOf, type Step, type Told } from '../workload/steps.ts';

export const abortCases: readonly Case[] = [
  {
    id: 'aborts/before',
    title: 'a call whose signal is aborted already rejects with the signal’s reason and does nothing',
    requirements: ['F30', 'F31'],
    uses: [],
    mutants: ['aborted-calls-go-on'],
    async run(context) {
      const reason = new Error('no more');
      const signal = AbortSignal.abort(reason);
      const spec = context.workload([{ do: 'hold' }]);
      const calls: readonly ((manager: ContainerManager) => Promise<unknown>)[] = [
        (manager) => manager.run(spec, { signal }),
        (manager) => manager.create(spec, { signal }),
        (manager) => manager.probe({ signal }),
        (manager) => gather(manager.list({}, { signal })),
      ];
      for (const call of calls) assert.equal(await reasonOf(call(context.manager)), reason);
      assert.deepEqual(await ownedBy(context, context.owner), []);
    },
  },
  {
    id: 'aborts/creating',
    title: 'a run that is aborted while its create is under way rejects with the reason and leaves nothing',
    requirements: ['F23', 'H13', 'H27', 'K38'],
    uses: ['name'],
    tags: ['mandatory'],
    mutants: ['cut-creates-come-true', 'progress-is-told-late', 'aborted-starts-stay'],
    async run(context) {
      let underWay = 0;
      for (const delay of abortDelays) if (await abortWhileCreating(context, delay)) underWay += 1;
      assert.ok(underWay > 0, `the abort came before the end of ${underWay} of ${abortDelays.length} creates`);
    },
  },
  {
    id: 'aborts/starting',
    title: 'a run that is aborted while it starts rejects with the reason and leaves nothing',
    requirements: ['F23', 'H13', 'H27'],
    uses: ['name'],
    tags: ['mandatory'],
    mutants: ['aborted-starts-stay'],
    run: abortAtStart,
  },
  {
    id: 'aborts/completing',
    title: 'an aborted runToCompletion removes its container, running or not',
    requirements: ['F23', 'H13', 'S20'],
    uses: [],
    mutants: ['aborted-completions-run-on'],
    async run(context) {
      const controller = new AbortController();
      const completing = context.manager.runToCompletion(
        context.workload([{ do: 'ignore-signal', signal: 'SIGTERM' }, { do: 'hold' }]),
        { signal: controller.signal },
      );
      const rejected = reasonOf(completing);
      await context.until(async () =>
        (await gather(context.manager.list())).find(({ state }) => state.phase === 'running'),
      );
      const reason = new Error('no more');
      controller.abort(reason);
      assert.equal(await rejected, reason);
      assert.deepEqual(await ownedBy(context, context.owner), []);
    },
  },
  {
    id: 'aborts/watching',
    title: 'an aborted wait or follow stops watching and nothing else',
    requirements: ['F45', 'F46', 'L25'],
    uses: ['logs.follow'],
    mutants: ['aborted-waits-kill'],
    async run({ run, manager, pause }) {
      const container = await run([{ do: 'hold' }]);
      const controller = new AbortController();
      const stream = manager.logs(container.id, { follow: true, signal: controller.signal });
      const watching = [reasonOf(manager.wait(container.id, { signal: controller.signal })), reasonOf(gather(stream))];
      await pause(0.3);
      const reason = new Error('no more');
      controller.abort(reason);
      assert.deepEqual(await Promise.all(watching), [reason, reason]);
      assert.equal((await stream.ended).reason, 'interrupted');
      assert.equal((await container.inspect()).state.phase, 'running');
    },
  },
  {
    id: 'aborts/exec',
    title: 'a cancelled exec rejects with the signal’s reason, and its command does not go on inside',
    requirements: ['F18', 'F31', 'F45', 'S10'],
    uses: ['exec'],
    tags: ['version'],
    mutants: ['cancelled-execs-go-on'],
    async run(context) {
      const container = await context.run([{ do: 'hold' }]);
      const start = (steps: readonly Step[], signal?: AbortSignal): Promise<ExecProcess> =>
        container.exec(context.workload(steps).command ?? [], { signal });
      const waiting = (name: string): readonly Step[] => [
        { do: 'write', as: 'begun', path: `/tmp/${name}-begun`, text: 'yes' },
        { do: 'await-file', path: '/tmp/go' },
        { do: 'write', as: 'ended', path: `/tmp/${name}-ended`, text: 'yes' },
      ];
      const look = async (...names: readonly string[]): Promise<Readonly<Record<string, Told>>> => {
        const steps = names.map((name): Step => ({ do: 'read', as: name, path: `/tmp/${name}` }));
        return factsOf((await (await start(steps)).result()).stdout);
      };
      const controller = new AbortController();
      const reason = new Error('no more');
      const left = reasonOf((await start(waiting('left'), controller.signal)).result());
      const control = (await start(waiting('control'))).result();
      await context.until(async () => {
        const begun = Object.values(await look('left-begun', 'control-begun'));
        return begun.every(({ error }) => error === undefined) ? true : undefined;
      });
      controller.abort(reason);
      assert.equal(await left, reason);
      await (await start([{ do: 'write', as: 'go', path: '/tmp/go', text: '' }])).result();
      assert.equal((await control).code, 0);
      await context.pause(0.5);
      const facts = await look('control-ended', 'left-ended');
      assert.equal(textOf(facts, 'control-ended'), 'yes');
      errorOf(facts, 'left-ended');
    },
  },
  {
    id: 'aborts/timeout',
    title: 'a call that takes longer than timeoutMs rejects with TIMEOUT, and what it watched goes on',
    requirements: ['F12', 'A11', 'C61'],
    uses: [],
    mutants: ['timeouts-look-like-lost-connections'],
    async run({ run, manager }) {
      const container = await run([{ do: 'hold' }]);
      const started = performance.now();
      const error = await rejectsWith(manager.wait(container.id, { timeoutMs: 300 }), 'TIMEOUT', '300');
      assert.ok(performance.now() - started < 30_000);
      assert.equal(error.retryable, 'yes');
      assert.equal((await container.inspect()).state.phase, 'running');
    },
  },
];

/** How long after `creating` is told the abort comes: turns of the event loop, then milliseconds. */
const abortDelays: readonly (() => Promise<unknown>)[] = [
  () => Promise.resolve(),
  () => immediate(),
  ...[1, 5, 20, 80].map((milliseconds) => () => sleep(milliseconds)),
];

/** @returns whether the create was under way when the abort came, and not over */
async function abortWhileCreating(context: CaseContext, delay: () => Promise<unknown>): Promise<boolean> {
  const name = context.name('aborted');
  const controller = new AbortController();
  const reason = new Error('no more');
  let at = '';
  const underWay = Promise.withResolvers<boolean>();
  const abortAfter = async (): Promise<void> => {
    await delay();
    underWay.resolve(at === 'creating');
    controller.abort(reason);
  };
  const onProgress = ({ phase }: Progress): void => {
    at = phase;
    if (phase === 'creating') void abortAfter();
    // A create that is faster than the delay: the run is still not to end well.
    if (phase === 'starting') controller.abort(reason);
  };
  const spec = { ...context.workload([{ do: 'hold' }]), name };
  assert.equal(await reasonOf(context.manager.run(spec, { signal: controller.signal, onProgress })), reason);
  await assertGone(context, name);
  return underWay.promise;
}

async function abortAtStart(context: CaseContext): Promise<void> {
  const name = context.name('aborted');
  const controller = new AbortController();
  const reason = new Error('no more');
  const onProgress = ({ phase }: Progress): void => {
    if (phase === 'starting') controller.abort(reason);
  };
  const spec = { ...context.workload([{ do: 'hold' }]), name };
  assert.equal(await reasonOf(context.manager.run(spec, { signal: controller.signal, onProgress })), reason);
  await assertGone(context, name);
}

function reasonOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it succeeded',
    (reason: unknown) => reason,
  );
}
