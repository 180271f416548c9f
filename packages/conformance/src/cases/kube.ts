import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError, type KubePlay } from '@fairlead/core';
import type { Case, CaseContext } from '../case.ts';
import { ownedPods, pod, secret } from '../kube-objects.ts';
import { interfaceNames, isOffered, textOf } from '../expectations.ts';
import { gather } from '../gather.ts';
import { factsOf } from '../workload/steps.ts';

export const kubeCases: readonly Case[] = [
  {
    id: 'kube/play',
    title: 'a manifest is played; its containers’ logs and codes are told by name, and down leaves nothing',
    requirements: ['A1', 'A3', 'A4', 'A21', 'B27', 'F47', 'K52', 'K55'],
    uses: ['kube'],
    proves: 'kube',
    tags: ['version', 'mandatory'],
    mutants: ['plays-lose-codes'],
    async run(context) {
      const name = context.name('pod');
      const yaml = pod(context, name, {
        one: [
          { do: 'print', text: 'from one\n' },
          { do: 'exit', code: 0 },
        ],
        two: [
          { do: 'pause', seconds: 0.5 },
          { do: 'print', text: 'from two' },
          { do: 'exit', code: 81 },
        ],
      });
      const play = await context.manager.playKube({ yaml });
      assert.deepEqual(await ownedPods(context, [name]), [name]);
      const follow = isOffered(context.supports, 'logs.follow');
      if (!follow) await play.wait();
      const lines = await gather(play.logs({ follow }));
      assert.deepEqual(lines.map(({ container, text }) => `${container}: ${text}`).toSorted(), [
        'one: from one',
        'two: from two',
      ]);
      const { code, containers } = await play.wait();
      assert.equal(code, 81);
      assert.deepEqual(
        containers.map((each) => [each.name, each.pod, each.exit.code]),
        [
          ['one', name, 0],
          ['two', name, 81],
        ],
      );
      await play.down();
      await play.down();
      assert.deepEqual(await ownedPods(context, [name]), []);
      assert.ok(!(await context.target.look.containers()).some((each) => each.name.includes(name)));
    },
  },
  {
    id: 'kube/network',
    title: 'a pod has no network but the loopback unless the call asks for one',
    requirements: ['H34', 'K12', 'K13'],
    uses: ['kube'],
    tags: ['version'],
    mutants: ['plays-join-a-network'],
    async run(context) {
      const interfacesOf = async (network: 'private' | undefined): Promise<readonly string[]> => {
        const yaml = pod(context, context.name('pod'), { main: [{ do: 'interfaces', as: 'interfaces' }] });
        const play = await context.manager.playKube({ yaml }, { network });
        await play.wait();
        const lines = await gather(play.logs());
        await play.down();
        return interfaceNames(textOf(factsOf(lines.map(({ text }) => text).join('\n')), 'interfaces'));
      };
      assert.deepEqual(await interfacesOf(undefined), ['lo']);
      const names = await interfacesOf('private');
      assert.ok(names.includes('lo') && names.length > 1, `interfaces: ${names.join(' ')}`);
    },
  },
  {
    id: 'kube/inputs',
    title: 'a manifest can be given as text, file or objects, exactly one of them',
    requirements: ['A4', 'A5', 'A21', 'A2'],
    uses: ['kube'],
    mutants: ['objects-are-renamed'],
    async run(context) {
      const [text, filed, object] = [context.name('text'), context.name('filed'), context.name('object')];
      const steps = { main: [{ do: 'hold' }] } as const;
      const file = join(context.folder, 'manifest');
      await writeFile(file, pod(context, filed, steps));
      const objects = [JSON.parse(pod(context, object, steps))];
      for (const input of [{ yaml: pod(context, text, steps) }, { file }, { objects }]) {
        const play = await context.manager.playKube(input);
        const info = await play.inspect();
        assert.deepEqual(
          info.containers.map((each) => [each.name, each.state.phase]),
          [['main', 'running']],
        );
      }
      assert.deepEqual((await ownedPods(context, [text, filed, object])).toSorted(), [text, filed, object].toSorted());
      // The point is what a caller without types can write.
      const both = { yaml: 'x', file } as never;
      await assert.rejects(context.manager.playKube(both), { code: 'INVALID_SPEC' });
    },
  },
  {
    id: 'kube/several',
    title: 'a second process finds a play, waits for it and takes down only that one',
    requirements: ['A6', 'F78', 'F81', 'H31', 'K44'],
    uses: ['kube'],
    mutants: ['down-takes-all-plays'],
    async run(context) {
      const [first, second] = [context.name('first'), context.name('second')];
      const session = await context.session();
      const { id = '' } = await session.perform({
        do: 'play',
        yaml: pod(context, first, { main: [{ do: 'exit', code: 82 }] }),
      });
      await context.manager.playKube({ yaml: pod(context, second, { main: [{ do: 'hold' }] }) });
      const plays = await context.manager.kube.list();
      assert.deepEqual(
        plays.flatMap(({ pods }) => pods.map(({ name }) => name)).toSorted(),
        [first, second].toSorted(),
      );
      const theirs = await context.manager.kube.get(id);
      assert.equal((await theirs.wait()).code, 82);
      await theirs.down();
      assert.deepEqual(await ownedPods(context, [first, second]), [second]);
      await assert.rejects(context.manager.kube.get(id), { code: 'CONTAINER_NOT_FOUND' });
    },
  },
  {
    id: 'kube/disposal',
    title: 'disposing a play takes it down; a detached one stays',
    requirements: ['A6', 'F78'],
    uses: ['kube'],
    mutants: ['disposed-plays-stay'],
    async run(context) {
      const [gone, kept] = [context.name('gone'), context.name('kept')];
      {
        await using play = await context.manager.playKube({ yaml: pod(context, gone, { main: [{ do: 'hold' }] }) });
        await using other = await context.manager.playKube({ yaml: pod(context, kept, { main: [{ do: 'hold' }] }) });
        await play.inspect();
        await other.detach();
      }
      assert.deepEqual(await ownedPods(context, [gone, kept]), [kept]);
    },
  },
  {
    id: 'kube/secrets',
    title: 'secrets of a manifest go with the play; an engine that crashes on them is given none',
    requirements: ['A2', 'A6', 'A23', 'K22', 'K37', 'K45'],
    uses: ['kube'],
    mutants: ['secrets-stay'],
    async run(context) {
      const [name, sealed] = [context.name('pod'), context.name('sealed')];
      const yaml = `${secret(sealed)}\n---\n${pod(context, name, { main: [{ do: 'exit', code: 0 }] })}`;
      const play = await playOrRefused(context, yaml);
      if (play !== undefined) {
        assert.deepEqual(await ownedSecrets(context, sealed), [sealed]);
        assert.deepEqual((await play.inspect()).secrets, [sealed]);
        await play.down();
      }
      assert.deepEqual(await ownedSecrets(context, sealed), []);
      assert.deepEqual(await ownedPods(context, [name]), []);
    },
  },
];

/** A play, or undefined where the engine declares that it cannot have secrets. */
async function playOrRefused({ manager }: CaseContext, yaml: string): Promise<KubePlay | undefined> {
  return manager.playKube({ yaml }).catch((error: unknown) => {
    if (FairleadError.is(error, 'UNSUPPORTED') && error.message.includes('secrets')) return undefined;
    throw error;
  });
}

async function ownedSecrets({ target }: CaseContext, name: string): Promise<readonly string[]> {
  return ((await target.look.secrets?.()) ?? []).filter((each) => each === name);
}
