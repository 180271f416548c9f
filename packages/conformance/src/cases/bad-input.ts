import assert from 'node:assert/strict';
import { FairleadError, type RunSpec } from '@fairlead/core';
import type { Case } from '../case.ts';
import { assertUnquoted, ownedBy, rejectsWith } from '../expectations.ts';

export const badInputCases: readonly Case[] = [
  {
    id: 'input/unknown-fields',
    title: 'a field that no spec has is refused by its path, wherever it stands',
    requirements: ['F8', 'C124', 'B20', 'V4'],
    uses: [],
    mutants: ['unknown-fields-pass'],
    async run(context) {
      const spec = context.workload([{ do: 'hold' }]);
      for (const [field, wrong] of Object.entries(unknownFields)) {
        await rejectsWith(context.manager.run({ ...spec, ...wrong }), 'INVALID_SPEC', field);
      }
      assert.deepEqual(await ownedBy(context, context.owner), []);
    },
  },
  {
    id: 'input/wrong-values',
    title: 'a value that cannot be is refused by its path, before any effect',
    requirements: ['F8', 'C106', 'C123', 'C116', 'W21'],
    uses: [],
    mutants: ['relative-targets-pass'],
    async run(context) {
      const spec = context.workload([{ do: 'hold' }]);
      for (const [path, wrong] of wrongValues) {
        await rejectsWith(context.manager.run({ ...spec, ...wrong }), 'INVALID_SPEC', path);
      }
      assert.deepEqual(await ownedBy(context, context.owner), []);
    },
  },
  {
    id: 'input/contradictions',
    title: 'fields that contradict each other are refused together',
    requirements: ['F8', 'C125', 'C86'],
    uses: [],
    mutants: ['two-mounts-at-one-place', 'covered-files-are-dropped'],
    async run(context) {
      const spec = context.workload([{ do: 'hold' }]);
      for (const [path, wrong] of contradictions)
        await rejectsWith(context.manager.run({ ...spec, ...wrong }), 'INVALID_SPEC', path);
      assert.deepEqual(await ownedBy(context, context.owner), []);
    },
  },
  {
    id: 'input/references',
    title: 'a reference that cannot be parsed is INVALID_IMAGE and names itself',
    requirements: ['V2', 'H2', 'H5', 'F4'],
    uses: [],
    mutants: ['any-reference-passes'],
    async run({ manager, workload }) {
      for (const image of ['Busybox', 'a b', 'busybox@sha256:12', 'https://example.org/x', 'nosuch://x']) {
        await rejectsWith(manager.run({ ...workload([]), image }), ['INVALID_IMAGE', 'UNSUPPORTED'], image.slice(0, 8));
      }
    },
  },
  {
    id: 'input/no-secrets',
    title: 'no error quotes environment, files or logs, in its message, its JSON or its causes',
    requirements: ['F13', 'F61', 'F48', 'A23', 'H15'],
    uses: ['env', 'files', 'command', 'name'],
    mutants: ['errors-quote-the-environment', 'failed-start-is-an-exit'],
    async run(context) {
      const secret = `s3cret-${context.name('x')}`;
      const { image } = context.workload([]);
      const spec = {
        image,
        command: ['/no/such/command'],
        env: { TOKEN: secret },
        files: [{ target: '/etc/token', content: secret }],
      };
      const error = await rejectsWith(context.manager.run(spec), 'START_FAILED');
      assertUnquoted(error, secret);
    },
  },
  {
    id: 'input/errors',
    title: 'an error tells backend, operation, code and remedy, also as JSON and across copies of the library',
    requirements: ['F12', 'F13', 'H28', 'V22'],
    uses: [],
    mutants: ['errors-without-backend'],
    async run({ manager }) {
      const error = await rejectsWith(
        manager.get('no-such-container'),
        'CONTAINER_NOT_FOUND',
        'no-such-container',
        manager.backend,
      );
      assert.equal(error.backend, manager.backend);
      assert.ok((error.hint ?? '').length > 0);
      assert.deepEqual([error.toJSON()['code'], error.retryable], ['CONTAINER_NOT_FOUND', 'no']);
      assert.ok(
        FairleadError.is(error) && !FairleadError.is(error, 'CONFLICT') && !FairleadError.is(new Error('other')),
      );
    },
  },
];

const unknownFields: Readonly<Record<string, object>> = {
  comand: { comand: ['x'] },
  memory: { resources: { memory: 1 } },
  src: { mounts: [{ type: 'bind', src: '/x', target: '/y' }] },
  Env: { Env: ['A=b'] },
};

const wrongValues: readonly (readonly [string, object])[] = [
  ['name', { name: 'Not_A-name' }],
  ['name', { name: '-rm' }],
  ['mounts.0.target', { mounts: [{ type: 'tmpfs', target: 'relative' }] }],
  ['mounts.0.source', { mounts: [{ type: 'bind', source: './relative', target: '/in' }] }],
  ['mounts.0.target', { mounts: [{ type: 'tmpfs', target: '/' }] }],
  ['workdir', { workdir: 'relative' }],
  ['stopGraceSeconds', { stopGraceSeconds: -1 }],
  ['stopSignal', { stopSignal: '9; rm' }],
  ['resources.memoryBytes', { resources: { memoryBytes: -5 } }],
  ['resources.cpus', { resources: { cpus: Number.NaN } }],
  ['labels', { labels: { 'io.fairlead.owner': 'me' } }],
  ['env', { env: { 'A=B': 'c' } }],
  ['command.0', { command: ['a\0b'] }],
  ['network', { network: { mode: 'bridge' } }],
  ['user', { user: '--privileged' }],
];

const contradictions: readonly (readonly [string, Partial<RunSpec>])[] = [
  [
    'mounts.1.target',
    {
      mounts: [
        { type: 'tmpfs', target: '/x' },
        { type: 'tmpfs', target: '/x/' },
      ],
    },
  ],
  ['files.0.target', { mounts: [{ type: 'tmpfs', target: '/x' }], files: [{ target: '/x/y', content: '' }] }],
  ['files.0.target', { files: [{ target: '/etc/resolv.conf', content: '' }] }],
  ['files.0.target', { files: [{ target: '/dev/shm/x', content: '' }] }],
  ['runId', { name: 'a', runId: 'b' }],
];
