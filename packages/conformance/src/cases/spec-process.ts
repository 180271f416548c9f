import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { ownedBy, rejectsWith, seen, textOf } from '../expectations.ts';
import { gather } from '../gather.ts';
import { imageConfig } from '../image-config.ts';
import { factsOf } from '../workload/steps.ts';

/** Text that any of quoting, splitting, expanding and decoding would change. */
const hostile = [
  '-v',
  '--rm',
  '',
  'a b',
  "it's",
  'a"b',
  '$HOME `id` $(id) \\n',
  'x,y=z:w',
  'two\nlines',
  'ünï ☃',
  '*',
  '{{.Id}}',
  '%s',
];

export const specProcessCases: readonly Case[] = [
  {
    id: 'spec/command',
    title: 'every argument arrives byte for byte, whatever it looks like',
    requirements: ['V6', 'H20', 'C116', 'A12'],
    uses: ['command'],
    proves: 'command',
    tags: ['version'],
    mutants: ['empty-arguments-dropped'],
    async run({ manager, workload }) {
      const { stdout } = await manager.runToCompletion(workload([{ do: 'arguments', as: 'arguments' }], hostile));
      assert.deepEqual(textOf(factsOf(stdout), 'arguments').split('\0').slice(0, -1), hostile);
    },
  },
  {
    id: 'spec/entrypoint',
    title: 'an entrypoint replaces the image’s and drops its command; the empty one runs the command itself',
    requirements: ['V6', 'C116', 'C185'],
    uses: ['entrypoint'],
    proves: 'entrypoint',
    mutants: ['image-command-stays'],
    async run({ manager, workload }) {
      const { image } = workload([]);
      const alone = await manager.runToCompletion({ image, entrypoint: ['/bin/echo', 'alone'] });
      assert.equal(alone.stdout, 'alone\n');
      const both = await manager.runToCompletion({ image, entrypoint: ['/bin/echo', 'a  b'], command: ['c', 'd'] });
      assert.equal(both.stdout, 'a  b c d\n');
      const none = await manager.runToCompletion({ image, entrypoint: [], command: ['/bin/echo', 'itself'] });
      assert.equal(none.stdout, 'itself\n');
    },
  },
  {
    id: 'spec/no-arguments',
    title: 'an empty command gives the image’s entrypoint no arguments, not those of the image',
    requirements: ['V6', 'C116'],
    uses: ['command'],
    tags: ['version'],
    mutants: ['no-arguments-are-the-image-s', 'image-entrypoint-ignored'],
    async run({ manager, target }) {
      // Its entrypoint prints what it got and runs it, and without arguments a shell that has nothing to read.
      const { exit, stdout } = await manager.runToCompletion({ image: target.images.configured, command: [] });
      assert.equal(stdout, `${imageConfig.env.GREETING} ${imageConfig.entrypoint[0]} \n`);
      assert.equal(exit.code, 0);
    },
  },
  {
    id: 'spec/env',
    title: 'variables arrive byte for byte and are not evaluated',
    requirements: ['F60', 'C115', 'C160', 'C161', 'S18', 'H20'],
    uses: ['env'],
    proves: 'env',
    tags: ['version'],
    mutants: ['dollars-expanded'],
    async run({ finish }) {
      const env = Object.fromEntries(hostile.map((value, index) => [`CASE_${index}`, value]));
      const { stdout } = await finish([{ do: 'environment', as: 'environment' }], { env });
      const inside = Object.fromEntries(entriesOf(textOf(factsOf(stdout), 'environment')));
      for (const [name, value] of Object.entries(env)) assert.equal(inside[name], value, name);
    },
  },
  {
    id: 'spec/env-override',
    title: 'a variable of the spec replaces the image’s of that name',
    requirements: ['F60', 'C115'],
    uses: ['env'],
    mutants: ['image-env-wins'],
    async run({ manager, workload, target }) {
      const spec = {
        ...workload([{ do: 'environment', as: 'environment' }]),
        image: target.images.configured,
        env: { GREETING: 'changed' },
      };
      const { stdout } = await manager.runToCompletion({ ...spec, user: '0', workdir: '/' });
      const inside = entriesOf(textOf(factsOf(stdout), 'environment')).filter(([name]) => name === 'GREETING');
      assert.deepEqual(inside, [['GREETING', 'changed']]);
    },
  },
  {
    id: 'spec/workdir',
    title: 'the workload starts in workdir',
    requirements: ['C117', 'C165'],
    uses: ['workdir'],
    proves: 'workdir',
    mutants: ['workdir-loses-its-last-part'],
    async run({ finish }) {
      const { stdout } = await finish([{ do: 'folder', as: 'folder' }], { workdir: '/var/tmp' });
      assert.equal(textOf(factsOf(stdout), 'folder'), '/var/tmp');
    },
  },
  {
    id: 'spec/user',
    title: 'the workload runs as the uid and gid of user',
    requirements: ['B16', 'C175'],
    uses: ['user'],
    proves: 'user',
    mutants: ['group-dropped'],
    async run({ finish }) {
      const { stdout } = await finish([{ do: 'user', as: 'user' }], { user: '1234:2345' });
      assert.equal(textOf(factsOf(stdout), 'user'), '1234:2345');
    },
  },
  {
    id: 'spec/name',
    title: 'a container has the name of the spec, and a second one of that name is CONFLICT',
    requirements: ['C25', 'C97', 'H1'],
    uses: ['name'],
    proves: 'name',
    tags: ['version'],
    mutants: ['taken-names-are-replaced'],
    async run(context) {
      const name = context.name('named');
      const container = await context.run([{ do: 'hold' }], { name });
      assert.equal((await seen(context, container.id))?.name, name);
      assert.equal((await context.manager.get(name)).id, container.id);
      await rejectsWith(context.run([{ do: 'hold' }], { name }), 'CONFLICT', name);
      assert.equal((await seen(context, name))?.id, container.id);
    },
  },
  {
    id: 'spec/labels',
    title: 'labels reach the engine with every character, and list finds by them',
    requirements: ['F74', 'H20', 'B17', 'C98'],
    uses: ['labels'],
    proves: 'labels',
    tags: ['version'],
    mutants: ['labels-split-at-commas'],
    async run(context) {
      const labels = { 'org.example/a': 'x,y=z', 'org.example/b': 'it’s "quoted" $HOME', 'org.example/c': '' };
      const container = await context.run([{ do: 'hold' }], { labels });
      const { labels: told } = await container.inspect();
      const outside = (await seen(context, container.id))?.labels ?? {};
      for (const [key, value] of Object.entries(labels)) {
        assert.equal(told[key], value);
        assert.equal(outside[key], value, 'as the engine’s own tool sees it');
      }
      const found = await gather(context.manager.list({ labels: { 'org.example/a': 'x,y=z' } }));
      assert.deepEqual(
        found.map(({ id }) => id),
        [container.id],
      );
      assert.deepEqual(await gather(context.manager.list({ labels: { 'org.example/a': 'x' } })), []);
      assert.deepEqual(await ownedBy(context, context.owner), [container.name]);
    },
  },
];

function entriesOf(environment: string): readonly (readonly [string, string])[] {
  return environment
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]);
}
