import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError, type RunSpec } from '@fairlead/core';
import type { Case, CaseContext } from '../case.ts';
import { assertGone, errorOf, rejectsWith, textOf } from '../expectations.ts';
import { factsOf } from '../workload/steps.ts';

export const mountCases: readonly Case[] = [
  {
    id: 'mounts/bind',
    title: 'a bind shows this host’s folder, and writes go through',
    requirements: ['V6', 'V14', 'B18'],
    uses: ['mounts.bind'],
    proves: 'mounts.bind',
    tags: ['version'],
    mutants: ['binds-are-read-only'],
    async run({ finish, folder }) {
      const source = join(folder, 'in');
      await throughBind(source, (steps, spec) => finish(steps, spec));
    },
  },
  {
    id: 'mounts/bind-odd-names',
    title: 'a bind source whose name has commas, colons and blanks is mounted, or refused before any effect',
    requirements: ['C173', 'H20', 'A12', 'F51'],
    uses: ['mounts.bind', 'name'],
    mutants: ['sources-cut-at-commas', 'binds-are-read-only'],
    async run(context) {
      const name = context.name('odd');
      const source = join(context.folder, 'in, with: odd=name, "quoted"');
      try {
        await throughBind(source, (steps, spec) => context.finish(steps, { ...spec, name }));
      } catch (error) {
        if (!FairleadError.is(error, 'UNSUPPORTED')) throw error;
        assert.match(error.message, /mounts\.bind: .{10}/);
      }
      await assertGone(context, name);
    },
  },
  {
    id: 'mounts/bind-read-only',
    title: 'writing into a read-only bind fails with EROFS and changes nothing outside',
    requirements: ['V30', 'F52', 'C174'],
    uses: ['mounts.bind'],
    tags: ['version'],
    mutants: ['read-only-binds-are-writable'],
    async run({ finish, folder }) {
      await writeFile(join(folder, 'data'), 'input');
      const { stdout } = await finish(
        [
          { do: 'read', path: '/in/data', as: 'read' },
          { do: 'write', path: '/in/data', text: 'changed', as: 'change' },
          { do: 'write', path: '/in/new', text: 'new', as: 'make' },
        ],
        { mounts: [{ type: 'bind', source: folder, target: '/in', readOnly: true }] },
      );
      const facts = factsOf(stdout);
      assert.equal(textOf(facts, 'read'), 'input');
      assert.equal(errorOf(facts, 'change'), 'Read-only file system');
      assert.equal(errorOf(facts, 'make'), 'Read-only file system');
      assert.deepEqual([await readFile(join(folder, 'data'), 'utf8'), await readdir(folder)], ['input', ['data']]);
    },
  },
  {
    id: 'mounts/bind-missing',
    title: 'a bind source that does not exist is refused by its path, before any effect',
    requirements: ['T26', 'B18', 'F51', 'C122', 'C172'],
    uses: ['mounts.bind', 'name'],
    mutants: ['missing-sources-are-made'],
    async run(context) {
      const source = join(context.folder, 'absent', 'deep');
      const name = context.name('no-source');
      await rejectsWith(
        context.run([{ do: 'hold' }], { name, mounts: [{ type: 'bind', source, target: '/in' }] }),
        'MOUNT_SOURCE_MISSING',
        source,
      );
      await assertGone(context, name);
      assert.deepEqual(await readdir(context.folder), []);
    },
  },
  {
    id: 'mounts/bind-create',
    title: 'missing: create makes an empty folder that belongs to the caller',
    requirements: ['T26', 'F51'],
    uses: ['mounts.bind'],
    mutants: ['made-sources-are-not-mounted', 'binds-are-read-only'],
    async run({ finish, folder }) {
      const source = join(folder, 'made', 'deep');
      const { stdout } = await finish(
        [
          { do: 'list', path: '/in', as: 'list' },
          { do: 'write', path: '/in/x', text: 'y', as: 'write' },
        ],
        {
          mounts: [{ type: 'bind', source, target: '/in', missing: 'create' }],
        },
      );
      assert.equal(textOf(factsOf(stdout), 'list'), '');
      textOf(factsOf(stdout), 'write');
      assert.equal((await stat(source)).uid, process.getuid?.());
      assert.equal(await readFile(join(source, 'x'), 'utf8'), 'y');
    },
  },
  {
    id: 'mounts/volume',
    title: 'what one container writes into a volume the next one reads',
    requirements: ['V3', 'V28', 'F50', 'W23'],
    uses: ['mounts.volume', 'volumes'],
    proves: 'mounts.volume',
    tags: ['version'],
    mutants: ['read-only-volumes-are-empty'],
    async run({ manager, finish, name }) {
      const { name: volume } = await manager.createVolume({ name: name('data') });
      const mounts = [{ type: 'volume', volume, target: '/data' }] as const;
      const first = await finish([{ do: 'write', path: '/data/result', text: '42', as: 'write' }], { mounts });
      textOf(factsOf(first.stdout), 'write');
      const second = await finish(
        [
          { do: 'read', path: '/data/result', as: 'read' },
          { do: 'write', path: '/data/result', text: '43', as: 'write' },
        ],
        {
          mounts: [{ ...mounts[0], readOnly: true }],
        },
      );
      assert.equal(textOf(factsOf(second.stdout), 'read'), '42');
      assert.equal(errorOf(factsOf(second.stdout), 'write'), 'Read-only file system');
    },
  },
  {
    id: 'mounts/volume-missing',
    title: 'a volume that does not exist is not made in passing: VOLUME_NOT_FOUND, and nothing is left',
    requirements: ['V28', 'F51', 'K34'],
    uses: ['mounts.volume', 'volumes', 'name'],
    mutants: ['missing-volumes-are-made'],
    async run(context) {
      const [name, volume] = [context.name('no-volume'), context.name('absent')];
      await rejectsWith(
        context.run([{ do: 'hold' }], { name, mounts: [{ type: 'volume', volume, target: '/data' }] }),
        'VOLUME_NOT_FOUND',
        volume,
      );
      await assertGone(context, name);
      assert.ok(!(await context.target.look.volumes()).some((each) => each.name === volume));
    },
  },
  {
    id: 'mounts/tmpfs',
    title: 'a tmpfs is empty and writable, and each container has its own',
    requirements: ['C109', 'C86'],
    uses: ['mounts.tmpfs'],
    proves: 'mounts.tmpfs',
    mutants: ['tmpfs-is-left-out'],
    run: (context) => throughTmpfs(context, {}),
  },
  {
    id: 'mounts/tmpfs-read-only-root',
    title: 'a tmpfs is writable below a read-only root too',
    requirements: ['C108', 'C109'],
    uses: ['mounts.tmpfs', 'readOnlyRootfs'],
    mutants: ['read-only-roots-freeze-tmpfs'],
    run: (context) => throughTmpfs(context, { readOnlyRootfs: true }),
  },
  {
    id: 'mounts/tmpfs-size',
    title: 'a tmpfs of a size takes that much and no more',
    requirements: ['C109'],
    uses: ['mounts.tmpfs', 'mounts.tmpfs.sizeBytes'],
    proves: 'mounts.tmpfs.sizeBytes',
    mutants: ['tmpfs-has-no-size'],
    async run({ finish }) {
      const { stdout } = await finish(
        [
          { do: 'fill', path: '/scratch/small', bytes: 1 << 20, as: 'small' },
          { do: 'fill', path: '/scratch/large', bytes: 4 << 20, as: 'large' },
        ],
        { mounts: [{ type: 'tmpfs', target: '/scratch', sizeBytes: 2 << 20 }] },
      );
      textOf(factsOf(stdout), 'small');
      assert.equal(errorOf(factsOf(stdout), 'large'), 'No space left on device');
    },
  },
];

/** A workload reads a file of a bound folder and writes another one. */
async function throughBind(source: string, finish: CaseContext['finish']): Promise<void> {
  await mkdir(source);
  await writeFile(join(source, 'data'), 'from outside');
  const { stdout } = await finish(
    [
      { do: 'read', path: '/mnt/in/data', as: 'read' },
      { do: 'write', path: '/mnt/in/result', text: 'from inside', as: 'write' },
    ],
    { mounts: [{ type: 'bind', source, target: '/mnt/in' }] },
  );
  assert.equal(textOf(factsOf(stdout), 'read'), 'from outside');
  textOf(factsOf(stdout), 'write');
  assert.equal(await readFile(join(source, 'result'), 'utf8'), 'from inside');
}

/** Two containers, one after the other, find a tmpfs empty and write into it. */
async function throughTmpfs({ finish }: CaseContext, spec: Partial<RunSpec>): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    const { stdout } = await finish(
      [
        { do: 'list', path: '/scratch', as: 'list' },
        { do: 'write', path: '/scratch/x', text: 'y', as: 'write' },
      ],
      { ...spec, mounts: [{ type: 'tmpfs', target: '/scratch' }] },
    );
    assert.equal(textOf(factsOf(stdout), 'list'), '');
    textOf(factsOf(stdout), 'write');
  }
}
