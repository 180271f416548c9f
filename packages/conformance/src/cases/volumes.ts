import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { rejectsWith, textOf } from '../expectations.ts';
import { factsOf } from '../workload/steps.ts';

export const volumeCases: readonly Case[] = [
  {
    id: 'volumes/create',
    title: 'createVolume makes a volume with its labels, once, and gives the same one again',
    requirements: ['V28', 'F49', 'C87'],
    uses: ['volumes'],
    proves: 'volumes',
    tags: ['version'],
    mutants: ['volume-labels-cut-at-equals'],
    async run({ manager, target, name, owner }) {
      const wanted = { name: name('kept'), labels: { kind: 'a=b,c' } };
      const volume = await manager.createVolume(wanted);
      assert.deepEqual([volume.name, volume.labels, volume.owner], [wanted.name, wanted.labels, owner]);
      assert.equal((await manager.createVolume(wanted)).name, wanted.name);
      const found = (await target.look.volumes()).filter((each) => each.name === wanted.name);
      assert.deepEqual(
        found.map(({ labels }) => labels['kind']),
        ['a=b,c'],
      );
    },
  },
  {
    id: 'volumes/conflict',
    title: 'a volume of that name with other labels is CONFLICT and stays as it is',
    requirements: ['V28', 'F49', 'C87'],
    uses: ['volumes'],
    mutants: ['other-labels-are-fine'],
    async run({ manager, name }) {
      const wanted = { name: name('kept'), labels: { kind: 'first' } };
      await manager.createVolume(wanted);
      await rejectsWith(manager.createVolume({ ...wanted, labels: { kind: 'second' } }), 'CONFLICT', wanted.name);
      assert.deepEqual((await manager.volumes.get(wanted.name)).labels, wanted.labels);
    },
  },
  {
    id: 'volumes/in-use',
    title: 'a volume that a container has is IN_USE; without it, it goes; what is gone resolves',
    requirements: ['V28', 'F50', 'K51'],
    uses: ['volumes', 'mounts.volume'],
    tags: ['version'],
    mutants: ['used-volumes-go'],
    async run({ manager, run, name }) {
      const volume = await manager.createVolume({ name: name('used') });
      const container = await run([{ do: 'hold' }], {
        mounts: [{ type: 'volume', volume: volume.name, target: '/data' }],
      });
      await rejectsWith(volume.remove(), 'IN_USE', volume.name);
      await manager.remove(container.id);
      await volume.remove();
      await volume.remove();
      await rejectsWith(manager.volumes.get(volume.name), 'VOLUME_NOT_FOUND', volume.name);
    },
  },
  {
    id: 'volumes/exact-names',
    title: 'names of volumes are compared whole, not by their beginning',
    requirements: ['C88', 'C97', 'H1'],
    uses: ['volumes'],
    mutants: ['volume-names-by-prefix'],
    async run({ manager, name }) {
      const long = await manager.createVolume({ name: `${name('vol')}-long` });
      const short = long.name.slice(0, -5);
      // Podman says something else where two names begin so (C88).
      await rejectsWith(manager.volumes.get(short), 'VOLUME_NOT_FOUND', short);
      // Where two names begin so, Podman has another error (C88).
      const other = await manager.createVolume({ name: `${short}-other` });
      await rejectsWith(manager.volumes.get(short), 'VOLUME_NOT_FOUND', short);
      await manager.volumes.remove(short);
      for (const { name: kept } of [long, other]) assert.equal((await manager.volumes.get(kept)).name, kept);
    },
  },
  {
    id: 'volumes/list',
    title: 'list tells this owner’s volumes, by name',
    requirements: ['V28', 'T32'],
    uses: ['volumes'],
    mutants: ['volume-lists-mix-owners'],
    async run({ manager, connect, owner, name }) {
      const names = [name('b'), name('a')].toSorted();
      for (const each of names.toReversed()) await manager.createVolume({ name: each });
      const other = connect({ owner: `${owner}-2` });
      await other.createVolume({ name: name('theirs') });
      assert.deepEqual(
        (await manager.volumes.list()).map((each) => each.name),
        names,
      );
    },
  },
  {
    id: 'volumes/owners',
    title: 'another owner’s volume is not removed, nor given to who creates one of that name',
    requirements: ['T32', 'V28', 'C87'],
    uses: ['volumes'],
    mutants: ['foreign-volumes-go'],
    async run({ connect, manager, owner, name }) {
      const theirs = await connect({ owner: `${owner}-2` }).createVolume({ name: name('theirs') });
      await rejectsWith(manager.volumes.remove(theirs.name), 'NOT_OWNED');
      await rejectsWith(manager.createVolume({ name: theirs.name }), 'CONFLICT');
      assert.equal((await manager.volumes.get(theirs.name)).owner, `${owner}-2`);
    },
  },
  {
    id: 'volumes/read-file',
    title: 'readFile gives a file’s bytes without running anything, and refuses what is no file of the volume',
    requirements: ['V3', 'C79', 'C84', 'F50'],
    uses: ['volumes', 'volumes.readFile', 'mounts.volume'],
    proves: 'volumes.readFile',
    tags: ['version'],
    mutants: ['read-file-normalises-newlines'],
    async run({ manager, finish, name }) {
      const volume = await manager.createVolume({ name: name('result') });
      const mounts = [{ type: 'volume', volume: volume.name, target: '/data' }] as const;
      const done = await finish(
        [
          { do: 'write', path: '/data/result.json', text: '{"w":[1.5]}\r\nünï', as: 'write' },
          { do: 'fill', path: '/data/zeros', bytes: 70_000, as: 'fill' },
        ],
        { mounts },
      );
      textOf(factsOf(done.stdout), 'write');
      assert.equal(Buffer.from(await volume.readFile('result.json')).toString(), '{"w":[1.5]}\r\nünï');
      assert.ok(Buffer.from(await volume.readFile('zeros')).equals(Buffer.alloc(70_000)));
      for (const path of ['absent', '../result.json', '/etc/passwd', '.'])
        await rejectsWith(volume.readFile(path), 'INVALID_SPEC');
      await rejectsWith(volume.readFile('zeros', { maxBytes: 1000 }), 'INVALID_SPEC', '1000');
    },
  },
];
