import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { openEstate } from '@fairlead/core/backend';
import { fakePodman, type FakeAnswer, type FakePodman } from '../__fixtures__/fake-podman.ts';
import type { EngineRecord } from '../engine-record.ts';
import { openPodmanCli } from '../podman-cli.ts';
import { podmanKube } from './kube.ts';
import { playArgs, requireFree, takenNames } from './play.ts';
import { playError } from './play-error.ts';
import { parseManifest } from './manifest.ts';

const call = { signal: new AbortController().signal };
const id = '0123456789abcdef0123456789abcdef';
const container = 'c'.repeat(64);
const pod = 'd'.repeat(64);
const engine: EngineRecord = {
  version: '5.8.6',
  architecture: 'amd64',
  os: 'linux',
  rootless: true,
  remote: false,
  cgroupVersion: 'v2',
  cgroupControllers: [],
  graphRoot: '/g',
  runRoot: '/r',
  networkHelpers: [],
};
// A comment and a trailing blank: what is played is the text, byte for byte (A4).
const text =
  '# web\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {restartPolicy: Never, containers: [{name: c, image: x}]} \n';
const [variable, sealed] = ['v4riable-of-env', 's3aled-in-secret'];
const encoded = Buffer.from(sealed).toString('base64');
const empty: readonly FakeAnswer[] = [{ match: '^(pod ps|ps|volume ls) ', stdout: '[]' }];

function open(podman: FakePodman, stateFolder = podman.folder) {
  const cli = openPodmanCli({ command: podman.command });
  const estate = openEstate({ owner: 'o', stateFolder });
  return { estate, kube: podmanKube({ cli, estate, engine: () => Promise.resolve(engine) }) };
}

describe('playArgs', () => {
  it('always gives the network (K12, H34), marks what is made, and reads the text from standard input', () => {
    assert.deepEqual(playArgs(id, 'me', 'none'), [
      'kube',
      'play',
      '--quiet',
      '--network=none',
      '--log-driver=k8s-file',
      '--log-opt=max-size=9007199254740991',
      `--annotation=io.fairlead.play=${id}`,
      '--annotation=io.fairlead.owner=me',
      '-',
    ]);
  });
});

describe('requireFree', () => {
  it('names every name that is taken: pods, containers, volumes, secrets (K29, K30, K36, K37)', async () => {
    const manifest = await parseManifest(
      [
        text,
        '---',
        'apiVersion: v1\nkind: Secret\nmetadata: {name: token}',
        '---',
        'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}',
      ].join('\n'),
    );
    const listing = {
      pods: [{ id: 'a', name: 'web' }],
      containers: [{ id: 'b', names: ['web-c'], labels: {}, pod: '', podName: '', infra: false }],
      volumes: [{ name: 'data', labels: {}, anonymous: false, createdAt: '' }],
      secrets: [{ id: 'c', name: 'token' }],
    };
    assert.throws(
      () => requireFree(manifest, listing),
      (error) =>
        FairleadError.is(error, 'CONFLICT') &&
        error.message.includes('pod web, container web-c, volume data, secret token'),
    );
    requireFree(manifest, { pods: [{ id: 'a', name: 'web-2' }], containers: [], volumes: [], secrets: [] });
  });
});

describe('podmanKube', () => {
  it('plays nothing when a name is taken, and writes no record', async () => {
    using podman = fakePodman([
      { match: '^ps', stdout: JSON.stringify([{ Id: container, Names: ['x'], Pod: pod, PodName: 'web' }]) },
      ...empty,
    ]);
    const { kube, estate } = open(podman);
    await assert.rejects(kube.play({ id, text, network: 'none' }, call), (error) =>
      FairleadError.is(error, 'CONFLICT'),
    );
    assert.ok(!podman.calls().some(({ args }) => args.includes('play')));
    assert.deepEqual(await estate.state.listRecords('plays'), []);
  });

  it('gives the text byte for byte, undoes a failure, tells what it means, and keeps no record', async () => {
    using podman = fakePodman([
      ...empty,
      {
        match: '^kube play',
        code: 125,
        stderr: `starting container ${container}: crun: executable file not found: OCI runtime attempted to invoke a command that was not found\nError: failed to start 1 containers\n`,
      },
    ]);
    const { kube, estate } = open(podman);
    await assert.rejects(
      kube.play({ id, text, network: 'none' }, call),
      (error) => FairleadError.is(error, 'START_FAILED') && error.message.includes('executable file not found'),
    );
    assert.equal(podman.calls().find(({ args }) => args.includes('play'))?.stdin, text);
    assert.deepEqual(await estate.state.listRecords('plays'), []);
    assert.equal(await kube.inspect(id, call), undefined);
  });

  it.each([
    `starting container ${container}: crun: executable file \`${variable}\` not found: ${sealed} ${encoded}\nError: failed to start 1 containers\n`,
    `Error: ${variable}, ${sealed} and ${encoded} are odd\n`,
    `warning: ${sealed}\nError: invalid reference format ${encoded}\n`,
  ])(
    'tells nothing of what the manifest gives its containers, however podman quotes it (F13, A23): %s',
    async (stderr) => {
      const manifest = [
        `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: x, env: [{name: A, value: ${variable}}]}]}`,
        `apiVersion: v1\nkind: Secret\nmetadata: {name: token}\ndata: {t: ${encoded}}`,
      ].join('\n---\n');
      using podman = fakePodman([
        { match: '^secret ls', stdout: '' },
        ...empty,
        { match: '^kube play', code: 125, stderr },
      ]);
      const error = await open(podman)
        .kube.play({ id, text: manifest, network: 'none' }, call)
        .then(
          () => assert.fail('it was played'),
          (caught: unknown) => caught,
        );
      assert.ok(FairleadError.is(error));
      for (let at: unknown = error; at instanceof Error; at = at.cause) {
        const said = `${at.message} ${JSON.stringify(at)} ${at.stack ?? ''}`;
        for (const value of [variable, sealed, encoded]) assert.ok(!said.includes(value), said);
        assert.ok(said.includes('***'), said);
      }
    },
  );

  it('does not believe a play that ended with 0 and made nothing (K33)', async () => {
    using podman = fakePodman(empty);
    await assert.rejects(
      open(podman).kube.play({ id, text, network: 'none' }, call),
      (error) => FairleadError.is(error, 'KUBE_PARTIAL_FAILURE') && error.message.includes('pod web'),
    );
  });

  it('takes down what another process recorded, by ids, and tells what podman did not remove though it ended with 0 (H29)', async () => {
    using state = fakePodman([]);
    const record = {
      v: 1,
      id,
      engineId: '',
      owner: 'o',
      session: open(state).estate.session,
      startedAt: '2026-01-01T00:00:00Z',
      expected: {
        pods: [{ names: ['web'], restart: 'never', containers: ['c'], initContainers: [], marked: true }],
        volumes: [],
        secrets: [],
        paths: [],
      },
      made: {
        pods: [{ id: pod, name: 'web' }],
        containers: [{ id: container, name: 'c', pod: 'web', restart: 'never' }],
        volumes: [],
        secrets: [],
      },
    };
    const { engineId } = await import('../engine-record.ts');
    const stored = { ...record, engineId: engineId(engine) };
    const there: readonly FakeAnswer[] = [
      { match: '^pod ps', stdout: JSON.stringify([{ Id: pod, Name: 'web' }]) },
      { match: '^ps', stdout: JSON.stringify([{ Id: container, Names: ['web-c'], Pod: pod }]) },
      { match: '^pod rm', stdout: `${pod}\n` },
    ];
    using stubborn = fakePodman(there);
    const first = open(stubborn, state.folder);
    await first.estate.state.writeRecord('plays', id, stored);
    assert.deepEqual(
      (await first.kube.inspect(id, call))?.containers.map((found) => found.id),
      [container],
    );
    await assert.rejects(
      first.kube.down(id, call),
      (error) => FairleadError.is(error, 'IN_USE') && error.message.includes('pod web'),
    );
    const removed = stubborn.calls().map(({ args }) => args.join(' '));
    assert.ok(removed.includes(`rm --force --time=0 --volumes ${container}`));
    assert.ok(removed.includes(`pod rm --force --time=0 ${pod}`));
    assert.ok(!removed.some((line) => line.startsWith('kube down')));
    using willing = fakePodman([...empty, { match: '^pod exists', code: 1 }]);
    const second = open(willing, state.folder);
    await second.kube.down(id, call);
    assert.deepEqual(await second.kube.list(call), []);
    await second.kube.down(id, call);
  });

  it('shows only the plays of its owner on its engine', async () => {
    using podman = fakePodman([]);
    const { kube, estate } = open(podman);
    await estate.state.writeRecord('plays', id, { v: 1, id, engineId: 'another', owner: 'o' });
    assert.deepEqual(await kube.list(call), []);
    assert.equal(await kube.inspect('../../etc/passwd', call), undefined);
  });
});

describe('takenNames', () => {
  const expected = {
    pods: [{ names: ['web'], restart: 'never' as const, containers: [], initContainers: [], marked: true }],
    volumes: ['data'],
    secrets: ['token'],
    paths: [],
  };
  // Only what is expected is read here.
  const record = { expected } as unknown as Parameters<typeof takenNames>[0];

  it('takes for others’ what podman found taken after the look (K59)', () => {
    assert.deepEqual(takenNames(record, 'Error: adding pod to state: name "web" is in use: pod already exists\n'), [
      'web',
    ]);
    assert.deepEqual(takenNames(record, 'Error: volume with name data already exists: volume already exists\n'), [
      'data',
    ]);
    assert.deepEqual(takenNames(record, 'Error: web: image not known\n'), []);
  });
});

describe('playError', () => {
  const error = (code: 'ENGINE_FAILURE' | 'IMAGE_NOT_FOUND') =>
    new FairleadError({ code, backend: 'podman-kube', operation: 'playKube', message: 'it said so' });

  it('calls a failure without a name partial, and keeps those that have one (K10, C151)', () => {
    const partial = playError(error('ENGINE_FAILURE'), 'Error: it said so\n');
    assert.deepEqual(
      [partial.code, partial.message],
      ['KUBE_PARTIAL_FAILURE', 'podman-kube playKube: podman could not play the manifest to its end: it said so'],
    );
    assert.equal(playError(error('IMAGE_NOT_FOUND'), 'Error: image not known\n').code, 'IMAGE_NOT_FOUND');
  });
});
