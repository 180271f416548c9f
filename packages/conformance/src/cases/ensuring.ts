import assert from 'node:assert/strict';
import type { Progress } from '@fairlead/core';
import type { Case, CaseContext } from '../case.ts';

/** An image file is made ready once, whoever asks and however often; what stops half-way leaves nothing. */
export const ensuringCases: readonly Case[] = [
  {
    id: 'ensuring/once',
    title: 'an image file is loaded once: who asks again, in this process or in another, loads nothing',
    requirements: ['V6', 'B15'],
    uses: [],
    tags: ['version'],
    mutants: ['archives-load-under-another-name', 'ensuring-always-loads'],
    async run(context) {
      const { manager, target, workload } = context;
      const image = await target.images.fresh(context.folder);
      const { id, name } = await manager.images.ensure(image);
      const session = await context.session();
      assert.equal((await manager.images.ensure(image)).id, id);
      assert.equal((await session.perform({ do: 'ensure', image })).id, id);
      const { exit, stdout } = await manager.runToCompletion({
        ...workload([
          { do: 'print', text: 'ready\n' },
          { do: 'exit', code: 7 },
        ]),
        image,
      });
      assert.deepEqual([exit.code, stdout], [7, 'ready\n']);
      await assertLoads(context, id, 1);
      await forget(context, name);
    },
  },
  {
    id: 'ensuring/together',
    title: 'two processes that ensure the same image file at once, and two calls in a third, make one conversion',
    requirements: ['V6', 'B15', 'F75'],
    uses: [],
    tags: ['version', 'mandatory'],
    mutants: ['archives-load-under-another-name', 'ensuring-always-loads', 'waiters-convert-too'],
    async run(context) {
      const { manager, target } = context;
      const image = await target.images.fresh(context.folder);
      const sessions = await Promise.all([context.session(), context.session()]);
      const [here, again, ...others] = await Promise.all([
        ensure(context, image),
        ensure(context, image),
        ...sessions.map((session) => session.perform({ do: 'ensure', image })),
      ]);
      const ids = [here, again, ...others].map(({ id }) => id);
      assert.deepEqual(new Set(ids), new Set([here.id]));
      const converted = [here, again, ...others].filter(({ phases }) => phases?.includes('converting') === true);
      assert.equal(converted.length, target.images.loadsFresh ? 1 : 0, 'so many converted');
      await assertLoads(context, here.id ?? '', 1);
      await forget(context, (await manager.images.ensure(image)).name);
    },
  },
  {
    id: 'ensuring/killed',
    title: 'kill -9 in the middle of a conversion leaves nothing: who waits for it takes over at once',
    requirements: ['V6', 'H27', 'F27', 'H35'],
    uses: [],
    tags: ['version', 'mandatory'],
    mutants: ['archives-load-under-another-name', 'half-loads-are-found'],
    async run(context) {
      const { target, manager, workload } = context;
      const { loadsFresh } = target.images;
      const image = await target.images.fresh(context.folder);
      const session = await context.session();
      const { phases = [] } = await session.perform({ do: 'ensure', image, stopAt: 'converting' });
      assert.equal(phases.includes('converting'), loadsFresh);
      const told = new Set<Progress['phase']>();
      const waiting = manager.images.ensure(image, { onProgress: ({ phase }) => told.add(phase) });
      await Promise.race([waiting, context.until(async () => told.has('waiting') || undefined)]);
      assert.equal(told.has('waiting'), loadsFresh, 'it waits for the one that is in the middle of it');
      await session.kill();
      const { id, name } = await waiting;
      await assertLoads(context, id, 1);
      const { stdout } = await manager.runToCompletion({ ...workload([{ do: 'print', text: 'whole\n' }]), image });
      assert.equal(stdout, 'whole\n');
      await forget(context, name);
    },
  },
  {
    id: 'ensuring/names',
    title: 'an image that somebody else gave our name is not run, and stays in the store under its id',
    requirements: ['V8', 'V6', 'H31'],
    uses: ['command'],
    mutants: ['archives-load-under-another-name', 'names-are-trusted'],
    async run(context) {
      const { manager, target, workload } = context;
      const { look, images } = target;
      const image = await images.fresh(context.folder);
      const { id, name } = await manager.images.ensure(image);
      assert.equal(name !== undefined, images.loadsFresh, 'what is loaded has a name');
      const other = await manager.images.ensure(images.configured);
      if (name !== undefined) await look.nameImage?.(name, other.id);
      const spec = { ...workload([{ do: 'print', text: 'ours\n' }]), image };
      const { stdout } = await manager.runToCompletion(spec);
      assert.equal(stdout, 'ours\n');
      assert.equal((await manager.images.ensure(image)).id, id);
      assert.equal((await manager.images.ensure(images.configured)).id, other.id);
      await forget(context, name);
    },
  },
  {
    id: 'ensuring/aborted',
    title: 'ensuring that is aborted, in whichever phase, rejects with the reason and leaves no image',
    requirements: ['F23', 'H27', 'H13'],
    uses: [],
    tags: ['version'],
    mutants: ['archives-load-under-another-name', 'aborted-loads-stay', 'half-loads-are-found'],
    async run(context) {
      const { target, manager } = context;
      const reason = new Error('no more');
      for (const at of ['resolving', 'converting', 'loading'] as const) {
        const image = await target.images.fresh(context.folder);
        const controller = new AbortController();
        const onProgress = ({ phase }: Progress): void => (phase === at ? controller.abort(reason) : undefined);
        const ended = manager.images.ensure(image, { signal: controller.signal, onProgress }).then(
          () => 'it succeeded',
          (error: unknown) => error,
        );
        assert.equal(await ended, target.images.loadsFresh ? reason : 'it succeeded', `aborted while ${at}`);
        const left = (await target.look.images?.()) ?? [];
        const { name } = await manager.images.ensure(image);
        assert.ok(name === undefined || !left.includes(name), `aborted while ${at}, and the engine has ${name}`);
        await forget(context, name);
      }
    },
  },
];

async function ensure(
  { manager }: CaseContext,
  image: string,
): Promise<{ readonly id?: string | undefined; readonly phases?: readonly string[] | undefined }> {
  const phases = new Set<string>();
  const { id } = await manager.images.ensure(image, { onProgress: ({ phase }) => phases.add(phase) });
  return { id, phases: [...phases] };
}

/** How often the engine says that it has loaded an image, where it tells. */
async function assertLoads({ target, until }: CaseContext, id: string, times: number): Promise<void> {
  // An engine may write down what it did a moment later.
  const { loads } = await until(async () => {
    const told = await target.look.loads?.(id);
    return told === undefined || told >= times ? { loads: told } : undefined;
  });
  assert.ok(loads === undefined || loads === times, `the engine has loaded it ${loads} times, not ${times}`);
}

/** Removes an image that this case brought. */
async function forget({ target }: CaseContext, name: string | undefined): Promise<void> {
  if (name !== undefined) await target.look.unnameImage?.(name);
}
