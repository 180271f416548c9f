import assert from 'node:assert/strict';
import type { Case, CaseContext } from '../case.ts';
import { assertUnquoted, rejectsWith } from '../expectations.ts';
import { ownedPods, pod, secret } from '../kube-objects.ts';
import type { Look } from '../target.ts';

export const kubeFailureCases: readonly Case[] = [
  {
    id: 'kube/half-way',
    title: 'a play that fails half-way leaves nothing of what it had made: no pod, container, volume or record',
    requirements: ['A25', 'K24', 'K25', 'K32', 'H27', 'H30', 'H32'],
    uses: ['kube'],
    tags: ['version', 'mandatory'],
    mutants: ['failed-plays-stay'],
    async run(context) {
      const [first, second] = [context.name('first'), context.name('second')];
      const good = pod(context, first, { main: [{ do: 'hold' }] });
      const broken: readonly (readonly [string, readonly string[]])[] = [
        [withContainer(context, second, { command: ['/no/such/command'] }), ['START_FAILED', 'KUBE_PARTIAL_FAILURE']],
        [
          withContainer(context, second, { image: context.target.images.missing }),
          ['IMAGE_NOT_FOUND', 'KUBE_PARTIAL_FAILURE'],
        ],
      ];
      for (const [bad, codes] of broken) {
        const before = await stateOf(context);
        const error = await context.manager.playKube({ yaml: [good, bad].join('\n---\n') }).then(
          () => assert.fail('it was played'),
          (caught: unknown) => caught,
        );
        assert.ok(error instanceof Error && 'code' in error && codes.includes(String(error.code)), String(error));
        assert.deepEqual(await ownedPods(context, [first, second]), []);
        assert.deepEqual(await stateOf(context), before);
        assert.deepEqual(await context.manager.kube.list(), []);
      }
    },
  },
  {
    id: 'kube/no-secrets',
    title: 'no error of a play quotes what its manifest gives to containers, in its message, its JSON or its causes',
    requirements: ['F13', 'F61', 'A23', 'H15'],
    uses: ['kube'],
    mutants: ['play-errors-quote-the-environment', 'failed-plays-stay'],
    async run(context) {
      const [name, value] = [context.name('pod'), `s3cret-${context.name('x')}`];
      // Engines put variables into a command, and quote the command that they do not find.
      const change = { env: [{ name: 'TOKEN', value }], command: ['/no/such/$(TOKEN)'] };
      const error = await rejectsWith(context.manager.playKube({ yaml: withContainer(context, name, change) }), [
        'START_FAILED',
        'KUBE_PARTIAL_FAILURE',
      ]);
      assertUnquoted(error, value);
    },
  },
  {
    id: 'kube/foreign-names',
    title: 'a manifest that names a pod of somebody else is CONFLICT, and theirs stays',
    requirements: ['A6', 'H31', 'K29', 'K30', 'K36', 'K43'],
    uses: ['kube'],
    tags: ['version', 'mandatory'],
    mutants: ['plays-replace-pods'],
    async run(context) {
      const { make, unmake } = makersOf(context);
      const theirs = context.name('theirs');
      await make('pod', theirs);
      try {
        const before = await stateOf(context);
        const yaml = pod(context, theirs, { main: [{ do: 'hold' }] });
        await rejectsWith(context.manager.playKube({ yaml }), 'CONFLICT', theirs);
        assert.deepEqual(await stateOf(context), before);
        assert.deepEqual(await ownedPods(context, [theirs]), [theirs]);
      } finally {
        await unmake('pod', theirs);
      }
    },
  },
  {
    id: 'kube/foreign-secrets',
    title: 'a manifest that names a secret of somebody else is refused, and theirs is not replaced',
    requirements: ['A6', 'H31', 'K22', 'K37', 'K44'],
    uses: ['kube'],
    tags: ['mandatory'],
    mutants: ['plays-overwrite-secrets'],
    async run(context) {
      const { make, unmake } = makersOf(context);
      const [theirs, mine] = [context.name('sealed'), context.name('mine')];
      await make('secret', theirs);
      try {
        const before = await stateOf(context);
        const yaml = `${secret(theirs)}\n---\n${pod(context, mine, { main: [{ do: 'hold' }] })}`;
        // An engine that crashes on secrets gets none (K22).
        await rejectsWith(context.manager.playKube({ yaml }), ['CONFLICT', 'UNSUPPORTED'], 'secret');
        assert.deepEqual(await stateOf(context), before);
      } finally {
        await unmake('secret', theirs);
      }
    },
  },
  {
    id: 'kube/invalid',
    title: 'a text that is no manifest is INVALID_SPEC before any effect',
    requirements: ['A25', 'K31', 'K33', 'H36'],
    uses: ['kube'],
    mutants: ['broken-second-documents-pass'],
    async run(context) {
      const name = context.name('pod');
      const good = pod(context, name, { main: [{ do: 'hold' }] });
      const wrongType = JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${name}-2` },
        spec: { containers: 'none' },
      });
      const before = await stateOf(context);
      for (const yaml of ['', '{ not: [yaml', `${good}\n---\n{ not: [yaml`, `${good}\n---\n${wrongType}`]) {
        await rejectsWith(context.manager.playKube({ yaml }), 'INVALID_SPEC');
        assert.deepEqual(await ownedPods(context, [name]), []);
      }
      assert.deepEqual(await stateOf(context), before);
    },
  },
  {
    id: 'kube/aborted',
    title: 'an aborted play leaves nothing',
    requirements: ['K38', 'K40', 'H27', 'A25'],
    uses: ['kube'],
    tags: ['mandatory'],
    mutants: ['aborted-plays-stay'],
    async run(context) {
      const names = [context.name('one'), context.name('two')];
      const yaml = names.map((name) => pod(context, name, { main: [{ do: 'hold' }] })).join('\n---\n');
      const controller = new AbortController();
      const reason = new Error('no more');
      const playing = context.manager.playKube({ yaml }, { signal: controller.signal }).then(
        () => 'it was played',
        (caught: unknown) => caught,
      );
      await context.until(async () => ((await ownedPods(context, names)).length > 0 ? true : undefined));
      controller.abort(reason);
      assert.equal(await playing, reason);
      assert.deepEqual(await ownedPods(context, names), []);
      assert.deepEqual(await context.manager.kube.list(), []);
    },
  },
  {
    id: 'kube/crashed',
    title: 'what a killed process had played is reaped by another one',
    requirements: ['K40', 'F77', 'H32', 'T22'],
    uses: ['kube'],
    tags: ['mandatory'],
    mutants: ['reap-leaves-plays'],
    async run(context) {
      const name = context.name('pod');
      const session = await context.session();
      const { id = '' } = await session.perform({ do: 'play', yaml: pod(context, name, { main: [{ do: 'hold' }] }) });
      await session.kill();
      assert.deepEqual(await ownedPods(context, [name]), [name]);
      assert.ok((await context.manager.reap()).removed.includes(id));
      assert.deepEqual(await ownedPods(context, [name]), []);
    },
  },
  {
    id: 'kube/crashed-midway',
    title: 'what a process had played by half when it was killed is reaped by another one, and no more of it comes',
    requirements: ['K38', 'K40', 'F77', 'H32', 'A25'],
    uses: ['kube'],
    tags: ['mandatory'],
    mutants: ['halves-of-plays-stay', 'reap-leaves-plays'],
    async run(context) {
      const names = ['one', 'two', 'three'].map((hint) => context.name(hint));
      const yaml = names.map((name) => pod(context, name, { main: [{ do: 'hold' }] })).join('\n---\n');
      const before = await stateOf(context);
      const session = await context.session();
      const playing = session.perform({ do: 'play', yaml }).then(
        () => 'it was played',
        () => 'it was cut',
      );
      await context.until(async () => ((await ownedPods(context, names)).length > 0 ? true : undefined));
      await session.kill();
      assert.equal(await playing, 'it was cut');
      const { removed, left } = await context.manager.reap();
      assert.deepEqual(left, []);
      // Paths are scratch that was cut off too.
      const plays = removed.filter((each) => !each.startsWith('/'));
      assert.equal(plays.length, 1, 'the play has a record, from before it began');
      for (const seconds of [0, 1]) {
        await context.pause(seconds);
        assert.deepEqual(await ownedPods(context, names), []);
        assert.deepEqual(await stateOf(context), before);
      }
      assert.deepEqual(await context.manager.kube.list(), []);
    },
  },
];

function makersOf({ target }: CaseContext): Required<Pick<Look, 'make' | 'unmake'>> {
  const { make, unmake } = target.look;
  assert.ok(make !== undefined && unmake !== undefined, 'an engine that plays has pods of others');
  return { make, unmake };
}

function withContainer(context: CaseContext, name: string, change: object): string {
  const object: unknown = JSON.parse(pod(context, name, { bad: [{ do: 'hold' }] }));
  // `pod` has just written it.
  const { spec } = object as { spec: { containers: object[] } };
  spec.containers = spec.containers.map((container) => ({ ...container, ...change }));
  return JSON.stringify(object);
}

/** What of an engine this case could have left, by the engine's own tool; other cases of a play run at other times. */
async function stateOf({ target, owner }: CaseContext): Promise<object> {
  const [pods = [], secrets = [], volumes] = await Promise.all([
    target.look.pods?.(),
    target.look.secrets?.(),
    target.look.volumes(),
  ]);
  const token = owner.slice(owner.lastIndexOf('-'));
  const mine = (names: readonly string[]): readonly string[] => names.filter((name) => name.includes(token)).toSorted();
  return { pods: mine(pods), secrets: mine(secrets), volumes: mine(volumes.map(({ name }) => name)) };
}
