import { describe, expect, it } from 'vitest';
import { FairleadError } from './errors.ts';
import type { RunSpec } from './spec.ts';
import { parseSpec } from './spec-schema.ts';

/** The issues that a spec is refused with. */
function issuesOf(spec: unknown): readonly { readonly path: string; readonly message: string }[] {
  try {
    parseSpec(spec);
  } catch (error) {
    if (FairleadError.is(error, 'INVALID_SPEC')) return issueList(error.details['issues']);
    throw error;
  }
  return [];
}

function issueList(value: unknown): readonly { path: string; message: string }[] {
  expect(value).toBeInstanceOf(Array);
  // parseSpec puts a list of issues there; the line above checks that it is a list.
  return value as readonly { path: string; message: string }[];
}

const whole: Required<Omit<RunSpec, 'runId'>> = {
  image: 'busybox',
  name: 'a-1',
  labels: { 'com.acme/x': 'any text, = and\nnewline' },
  command: ['--help', '', 'a b'],
  entrypoint: ['/bin/sh'],
  env: { PATH: '/bin', 'odd name': 'a=b,c' },
  workdir: '/work',
  user: '1000:users',
  mounts: [
    { type: 'bind', source: '/data', target: '/in', readOnly: true, missing: 'create' },
    { type: 'volume', volume: 'v-1', target: '/out' },
    { type: 'tmpfs', target: '/scratch', sizeBytes: 1 },
  ],
  files: [{ target: '/etc/x', content: new Uint8Array([0, 255]), mode: 0o600 }],
  network: { mode: 'private' },
  resources: { memoryBytes: 6 * 1024 * 1024, cpus: 0.5, pids: 1 },
  readOnlyRootfs: true,
  stopSignal: 'SIGRTMIN+3',
  stopGraceSeconds: 0,
  autoRemove: true,
};

describe('a spec that holds', () => {
  it('needs nothing but an image', () => {
    expect(parseSpec({ image: 'busybox' })).toEqual({ image: 'busybox' });
  });

  it('may have every field', () => {
    expect(parseSpec(whole)).toEqual(whole);
    expect(parseSpec({ image: 'busybox', runId: 'study 7 / round 3' })).toMatchObject({ runId: 'study 7 / round 3' });
  });

  it.each([
    { format: 'registry', name: 'docker.io/library/busybox:latest' },
    { format: 'sif', path: '/a/model' },
    { format: 'oci-layout', path: '/a', member: '1.0' },
  ])('takes a resolved image of format $format', (image) => {
    expect(issuesOf({ image })).toEqual([]);
  });

  it.each(['proj_data', 'a1'.repeat(32), 'Model.Data-2', 'x'])('mounts a volume that others named %s', (volume) => {
    expect(issuesOf({ image: 'busybox', mounts: [{ type: 'volume', volume, target: '/d' }] })).toEqual([]);
  });

  it('treats undefined as left out', () => {
    expect(issuesOf({ image: 'busybox', name: undefined, mounts: undefined, resources: { cpus: undefined } })).toEqual(
      [],
    );
  });
});

const refused: readonly (readonly [field: string, spec: object, path: string])[] = [
  ['no image', {}, 'image'],
  ['an empty image', { image: '' }, 'image'],
  ['an image with a relative path', { image: { format: 'sif', path: 'a.sif' } }, 'image.path'],
  ['an image of an unknown format', { image: { format: 'tar', path: '/a' } }, 'image'],
  ['an unknown field', { image: 'x', privileged: true }, ''],
  ['an unknown field of a mount', { image: 'x', mounts: [{ type: 'tmpfs', target: '/t', mode: 1 }] }, 'mounts.0'],
  ['a name with capitals', { image: 'x', name: 'Web' }, 'name'],
  ['a name of 64 characters', { image: 'x', name: 'a'.repeat(64) }, 'name'],
  ['a name that begins with a dash', { image: 'x', name: '-a' }, 'name'],
  ['a name that ends with a dash', { image: 'x', name: 'a-' }, 'name'],
  ['an empty runId', { image: 'x', runId: '' }, 'runId'],
  ['a label of the library', { image: 'x', labels: { 'io.fairlead.owner': 'me' } }, 'labels.io.fairlead.owner'],
  ['a label without a key', { image: 'x', labels: { '': 'v' } }, 'labels.'],
  ['a label that is no text', { image: 'x', labels: { a: 1 } }, 'labels.a'],
  ['a command that is no list', { image: 'x', command: 'ls' }, 'command'],
  ['NUL in a command', { image: 'x', command: ['a\0'] }, 'command.0'],
  ['NUL in an entrypoint', { image: 'x', entrypoint: ['a\0'] }, 'entrypoint.0'],
  ['a variable with = in its name', { image: 'x', env: { 'A=B': 'c' } }, 'env.A=B'],
  ['a variable with a newline in its name', { image: 'x', env: { 'A\nB': 'c' } }, 'env.A\nB'],
  ['a variable with NUL', { image: 'x', env: { A: '\0' } }, 'env.A'],
  ['a relative workdir', { image: 'x', workdir: 'work' }, 'workdir'],
  ['a user that looks like an option', { image: 'x', user: '--privileged' }, 'user'],
  ['an empty group', { image: 'x', user: '1000:' }, 'user'],
  [
    'a relative bind source',
    { image: 'x', mounts: [{ type: 'bind', source: 'data', target: '/d' }] },
    'mounts.0.source',
  ],
  ['a relative mount target', { image: 'x', mounts: [{ type: 'tmpfs', target: 'd' }] }, 'mounts.0.target'],
  ['a mount on the root', { image: 'x', mounts: [{ type: 'tmpfs', target: '//./' }] }, 'mounts.0.target'],
  ['a mount with ..', { image: 'x', mounts: [{ type: 'tmpfs', target: '/a/../b' }] }, 'mounts.0.target'],
  ['a mount of an unknown type', { image: 'x', mounts: [{ type: 'nfs', target: '/a' }] }, 'mounts.0.type'],
  [
    'an unknown way to treat a missing source',
    { image: 'x', mounts: [{ type: 'bind', source: '/a', target: '/a', missing: 'x' }] },
    'mounts.0.missing',
  ],
  [
    'a volume that is a path',
    { image: 'x', mounts: [{ type: 'volume', volume: '/etc', target: '/a' }] },
    'mounts.0.volume',
  ],
  ['a tmpfs of no size', { image: 'x', mounts: [{ type: 'tmpfs', target: '/a', sizeBytes: 0 }] }, 'mounts.0.sizeBytes'],
  ['a file without content', { image: 'x', files: [{ target: '/a' }] }, 'files.0.content'],
  [
    'a mode beyond permission bits',
    { image: 'x', files: [{ target: '/a', content: '', mode: 0o10000 }] },
    'files.0.mode',
  ],
  ['an unknown network', { image: 'x', network: { mode: 'bridge' } }, 'network.mode'],
  ['a network that is a word', { image: 'x', network: 'none' }, 'network'],
  ['too little memory', { image: 'x', resources: { memoryBytes: 1024 } }, 'resources.memoryBytes'],
  ['half a byte', { image: 'x', resources: { memoryBytes: 10_000_000.5 } }, 'resources.memoryBytes'],
  ['no CPU', { image: 'x', resources: { cpus: 0 } }, 'resources.cpus'],
  ['endless CPUs', { image: 'x', resources: { cpus: Infinity } }, 'resources.cpus'],
  ['no process', { image: 'x', resources: { pids: 0 } }, 'resources.pids'],
  ['a word for a switch', { image: 'x', readOnlyRootfs: 'yes' }, 'readOnlyRootfs'],
  ['a signal without SIG', { image: 'x', stopSignal: 'INT' }, 'stopSignal'],
  ['a negative grace', { image: 'x', stopGraceSeconds: -1 }, 'stopGraceSeconds'],
  ['part of a second', { image: 'x', stopGraceSeconds: 1.5 }, 'stopGraceSeconds'],
  ['a grace of more than a day', { image: 'x', stopGraceSeconds: 86_401 }, 'stopGraceSeconds'],
  ['a number for a switch', { image: 'x', autoRemove: 1 }, 'autoRemove'],
];

describe('a spec is refused for', () => {
  it.each(['', '.', '..', '../a', 'a/b', '.hidden', '-v', 'a:ro', 'a,b', 'a\n', 'a'.repeat(256)])(
    'a volume whose name is %j',
    (volume) => {
      const mounts = [{ type: 'volume', volume, target: '/d' }];
      expect(issuesOf({ image: 'x', mounts }).map((issue) => issue.path)).toEqual(['mounts.0.volume']);
    },
  );

  it.each(refused)('%s, by its path', (_, spec, path) => {
    expect(issuesOf(spec).map((issue) => issue.path)).toEqual([path]);
  });

  it.each([undefined, null, 'busybox', 7, []])('being %j', (spec) => {
    expect(issuesOf(spec).map((issue) => issue.path)).toEqual(['']);
  });

  it('all that is wrong at once, and its message has a line for each', () => {
    const spec = { image: '', name: 'X', env: { A: 1 } };
    expect(issuesOf(spec)).toHaveLength(3);
    expect(() => parseSpec(spec)).toThrow(/the spec is not valid:\n {2}image: .*\n {2}name: .*\n {2}env.A: /);
  });

  it('a secret, without telling its value', () => {
    const spec = { image: 'x', env: { TOKEN: 'hunter2\0' }, labels: { '-bad': 'hunter2' }, stopSignal: 'hunter2' };
    expect(() => parseSpec(spec)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
    expect(JSON.stringify(issuesOf(spec))).not.toContain('hunter2');
  });
});
