import assert from 'node:assert/strict';
import type { Case, CaseContext } from '../case.ts';
import { assertGone, ownedBy } from '../expectations.ts';
import { gather } from '../gather.ts';
import type { Death } from '../session/session.ts';

/** `kill -9` while the engine is at work for the process that dies: nothing of it may stay, finished or not. */
export const midwayCrashCases: readonly Case[] = [
  {
    id: 'crashes/preparing',
    title: 'killed while its image is resolved, pulled or loaded, a process leaves no container',
    requirements: ['F27', 'F77', 'H27'],
    uses: ['name'],
    tags: ['mandatory'],
    mutants: ['runs-begin-with-a-container'],
    async run(context) {
      const { plain, unseen, unpulled = plain } = context.target.images;
      const deaths: readonly Death[] = [
        { dieAt: 'pulling' },
        { dieAt: 'resolving' },
        { dieAt: 'loading' },
        { dieAt: 'loading', dieAfterMs: 20 },
      ];
      // Not every engine tells each of these phases of each image: a process that lives on is killed after its run.
      await killed(context, { task: 'run', deaths }, async ({ dieAt }) =>
        dieAt === 'pulling' ? unpulled : ((await unseen?.(context.folder)) ?? plain),
      );
    },
  },
  {
    id: 'crashes/creating',
    title: 'killed while its create is under way, a process leaves nothing that another one does not reap',
    requirements: ['F77', 'H27', 'K38'],
    uses: ['name'],
    tags: ['mandatory'],
    mutants: ['proof-comes-after-the-create', 'reap-leaves-the-unstarted'],
    async run(context) {
      const deaths = [1, 10, 40, 160].map((dieAfterMs): Death => ({ dieAt: 'creating', dieAfterMs }));
      await killed(context, { task: 'create', deaths }, () => Promise.resolve(context.target.images.plain));
    },
  },
  {
    id: 'crashes/removing',
    title: 'killed while it removes, a process leaves nothing that another one does not reap',
    requirements: ['F77', 'F22', 'H27'],
    uses: ['name'],
    tags: ['mandatory'],
    mutants: ['labels-go-before-the-container'],
    async run(context) {
      const names = await Promise.all(
        [1, 10, 60].map(async (dieAfterMs) => {
          const name = context.name('removed');
          const session = await context.session();
          const spec = context.workload([{ do: 'ignore-signal', signal: 'SIGTERM' }, { do: 'hold' }]);
          const { id = '' } = await session.perform({ do: 'run', spec: { ...spec, name } });
          await session.perform({ do: 'remove', id, dieAfterMs }).catch(onlyDeath);
          await session.kill();
          return name;
        }),
      );
      await requireReaped(context, names);
    },
  },
];

/** One process for each death, which does its task and dies. Then another one reaps. */
async function killed(
  context: CaseContext,
  { task, deaths }: { readonly task: 'run' | 'create'; readonly deaths: readonly Death[] },
  image: (death: Death) => Promise<string>,
): Promise<void> {
  const names = await Promise.all(
    deaths.map(async (death) => {
      const name = context.name(`killed-${death.dieAt}`);
      const session = await context.session();
      const spec = { ...context.workload([{ do: 'hold' }]), name, image: await image(death) };
      await session.perform({ do: task, spec, ...death }).catch(onlyDeath);
      await session.kill();
      return name;
    }),
  );
  await requireReaped(context, names);
}

/** What fails by itself would die of nothing. */
function onlyDeath(error: unknown): void {
  assert.match(String(error), /ended before its task was done/);
}

/** How often in a row there must be nothing: what the dead process had asked for may still come true in the engine. */
const looks = 3;

async function requireReaped(context: CaseContext, names: readonly string[]): Promise<void> {
  let quiet = 0;
  for (let round = 0; quiet < looks && round < 10 * looks; round += 1) {
    const { left } = await context.manager.reap();
    assert.deepEqual(left, [], 'all that is found can be removed');
    const seen = await context.target.look.containers();
    const rest = seen.filter(({ name }) => names.includes(name));
    quiet = rest.length === 0 ? quiet + 1 : 0;
    await context.pause(0.5);
  }
  for (const name of names) await assertGone(context, name);
  assert.deepEqual(await ownedBy(context, context.owner), []);
  assert.deepEqual(await gather(context.manager.list()), []);
}
