import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { checkHostPaths, checkManifest, containerNames, createdHostPaths, playNetwork } from './check-manifest.ts';
import { parseManifest } from './manifest.ts';

function pod(name: string, spec: object = {}, container: object = {}): string {
  const containers = [{ name: 'c', image: 'x', ...container }];
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers, ...spec } });
}

function workload(kind: string, name: string, spec: object = {}): string {
  const template = { spec: { containers: [{ name: 'c', image: 'x' }] } };
  return JSON.stringify({ apiVersion: 'apps/v1', kind, metadata: { name }, spec: { template, ...spec } });
}

const plain = (kind: string, name: string): string => JSON.stringify({ apiVersion: 'v1', kind, metadata: { name } });
const all = (...documents: readonly string[]): string => documents.map((text) => `---\n${text}\n`).join('');
const invalid = (error: unknown): boolean => FairleadError.is(error, 'INVALID_SPEC');

describe('parseManifest', () => {
  it('tells pods, their containers and restart policies; none given means always (H33, K19)', async () => {
    const { pods } = await parseManifest(
      all(pod('a'), pod('b', { restartPolicy: 'OnFailure', initContainers: [{ name: 'i', image: 'x' }] })),
    );
    assert.deepEqual(
      pods.map(({ names, restart, containers, initContainers }) => [names, restart, containers, initContainers]),
      [
        [['a'], 'always', ['c'], []],
        [['b'], 'on-failure', ['c'], ['i']],
      ],
    );
  });

  it('knows the names that podman gives to pods of other kinds (C153, C154, H36)', async () => {
    const { pods } = await parseManifest(all(workload('Deployment', 'd'), workload('Job', 'j')));
    assert.deepEqual(
      pods.map(({ names }) => names),
      [['d-pod', 'd-pod-0'], ['j-pod']],
    );
    assert.deepEqual(containerNames(pods), ['d-pod-c', 'd-pod-0-c', 'j-pod-c']);
  });

  it('tells the volumes that will be made: claims, mounted config maps and secrets, empty folders', async () => {
    const volumes = [
      { name: 'a', persistentVolumeClaim: { claimName: 'declared' } },
      { name: 'b', persistentVolumeClaim: { claimName: 'existing' } },
      { name: 'c', configMap: { name: 'settings' } },
      { name: 'd', secret: { secretName: 'token' } },
      { name: 'scratch', emptyDir: {} },
    ];
    const text = all(plain('PersistentVolumeClaim', 'declared'), plain('Secret', 'token'), pod('p', { volumes }));
    const found = await parseManifest(text);
    assert.deepEqual(found.volumes, ['declared', 'settings', 'token', 'scratch']);
    assert.deepEqual([found.claims, found.secrets], [['existing'], ['token']]);
  });

  it('reads YAML 1.1, as podman does', async () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: yes\n  containers: [{name: c, image: x}]\n';
    assert.equal((await parseManifest(text)).pods[0]?.hostNetwork, true);
  });

  it('refuses what cannot be read, what podman would leave out in silence, and what would never end (K33, C153, A25)', async () => {
    const wrong = {
      'broken YAML': 'a: [\n',
      'a kind that podman does not play': all(pod('a'), plain('Service', 's')),
      'nothing to run': plain('ConfigMap', 'c'),
      'no name': '{"apiVersion":"v1","kind":"Pod","metadata":{},"spec":{}}',
      'no container': pod('a', { containers: [] }),
      'no image': pod('a', {}, { image: '' }),
      'an unknown restart policy': pod('a', { restartPolicy: 'Sometimes' }),
      'a pod twice': all(pod('a'), pod('a')),
      'a container twice': pod('a', {
        containers: [
          { name: 'c', image: 'x' },
          { name: 'c', image: 'x' },
        ],
      }),
      'a key twice': 'apiVersion: v1\napiVersion: v1\n',
      text: 'hello',
      emptiness: '---\n',
    };
    for (const [what, text] of Object.entries(wrong)) await assert.rejects(parseManifest(text), invalid, what);
  });

  it('quotes nothing of a manifest that it cannot read: it may hold secrets', async () => {
    await assert.rejects(
      parseManifest('token: "hunter22\n'),
      (error) => invalid(error) && !String(error).includes('hunter22'),
    );
  });
});

describe('checkManifest', () => {
  const check = async (text: string, version = '5.8.6'): Promise<void> =>
    checkManifest(await parseManifest(text), { version });
  const refused =
    (reason: RegExp) =>
    (error: unknown): boolean =>
      FairleadError.is(error, 'UNSUPPORTED') && reason.test(error.message);

  it('lets pass what podman plays as it is meant', async () => {
    await assert.doesNotReject(
      check(
        all(pod('a'), workload('Deployment', 'd', { replicas: 1 }), workload('Job', 'j'), workload('DaemonSet', 's')),
      ),
    );
  });

  it('refuses replicas, because podman makes one pod or names them otherwise (C154)', async () => {
    await assert.rejects(check(workload('Deployment', 'd', { replicas: 2 })), refused(/2 replicas/));
    await assert.rejects(check(workload('Deployment', 'd', { replicas: 0 })), refused(/0 replicas/));
  });

  it('refuses kinds by version (C153)', async () => {
    await assert.rejects(check(workload('Job', 'j'), '4.3.1'), refused(/Job needs podman 5.3/));
    await assert.rejects(check(workload('DaemonSet', 'j'), '4.6.0'), refused(/DaemonSet needs podman 4.7/));
  });

  it('refuses secrets on 4.3, in every place (K22, C147)', async () => {
    const texts = [
      all(plain('Secret', 's'), pod('a')),
      pod('a', { volumes: [{ name: 'v', secret: { secretName: 's' } }] }),
      pod('a', {}, { env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
      pod('a', {}, { envFrom: [{ secretRef: { name: 's' } }] }),
    ];
    for (const text of texts) {
      await assert.rejects(check(text, '4.3.1'), refused(/secrets/));
      await check(text);
    }
  });

  it('refuses init containers on 4.3 unless restartPolicy is Never (K20)', async () => {
    const initContainers = [{ name: 'i', image: 'x' }];
    await assert.rejects(check(pod('a', { initContainers }), '4.3.1'), refused(/K20/));
    await check(pod('a', { initContainers, restartPolicy: 'Never' }), '4.3.1');
  });

  it('refuses pods with and without the host’s network in one play (K13), and gives the host’s where all want it', async () => {
    const mixed = all(pod('a', { hostNetwork: true }), pod('b'));
    await assert.rejects(check(mixed), refused(/hostNetwork/));
    assert.equal(playNetwork(await parseManifest(pod('a', { hostNetwork: true })), 'none'), 'host');
    assert.equal(playNetwork(await parseManifest(pod('a')), 'none'), 'none');
    assert.equal(playNetwork(await parseManifest(pod('a')), 'private'), 'private');
  });

  it('refuses two pods with an emptyDir of one name, which podman would make one folder, and containers that would clash', async () => {
    const volumes = [{ name: 'tmp', emptyDir: {} }];
    await assert.rejects(check(all(pod('a', { volumes }), pod('b', { volumes }))), refused(/emptyDir "tmp"/));
    const clash = all(pod('a', { containers: [{ name: 'b-c', image: 'x' }] }), pod('a-b'));
    await assert.rejects(check(clash), refused(/"a-b-c"/));
  });
});

describe('checkHostPaths', () => {
  const withPath = (path: string, type?: string): string =>
    pod('a', { volumes: [{ name: 'v', hostPath: { path, ...(type === undefined ? {} : { type }) } }] });

  it('tells a source that is missing, before any effect (K27, T26)', async () => {
    for (const type of [undefined, '', 'Directory', 'File']) {
      await assert.rejects(
        checkHostPaths(await parseManifest(withPath('/nonexistent/x', type))),
        (error) => FairleadError.is(error, 'MOUNT_SOURCE_MISSING') && error.message.includes('/nonexistent/x'),
      );
    }
    await checkHostPaths(await parseManifest(withPath('/', 'Directory')));
  });

  it('leaves those to podman that it is to make', async () => {
    const manifest = await parseManifest(withPath('/nonexistent/x', 'DirectoryOrCreate'));
    await checkHostPaths(manifest);
    assert.deepEqual(createdHostPaths(manifest), ['/nonexistent/x']);
  });
});
