import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { label, openEstate, tarFiles, type BackendVolumes } from '@fairlead/core/backend';
import { describe, it } from 'vitest';
import { call, fakeLibpod, idOf, type Answer, type FakeLibpod, type SeenRequest } from './__fixtures__/fake-libpod.ts';
import { createImages } from './images.ts';
import { createVolumes } from './volumes.ts';

const architecture = async (): Promise<string> => 'amd64';

function volumesOf({ client }: FakeLibpod): BackendVolumes {
  const estate = openEstate({ owner: 'test', stateFolder: join(tmpdir(), 'never-made') });
  return createVolumes(client, { estate, images: createImages(client, { architecture }), architecture });
}

describe('volumes', () => {
  it('exist only under exactly their name, also for a removal (C88)', async () => {
    await using service = await fakeLibpod(() => ({ json: [{ Name: 'cpt-v2', Labels: {} }] }));
    const volumes = volumesOf(service);
    assert.equal(await volumes.inspect('cpt-v', call()), undefined);
    assert.deepEqual(await volumes.inspect('cpt-v2', call()), { name: 'cpt-v2', labels: {} });
    await volumes.remove('cpt-v', call());
    assert.ok(service.seen.every(({ method }) => method === 'GET'));
  });

  it('are listed by all their labels, although Podman 4 takes any of them', async () => {
    const json = [
      { Name: 'x', Labels: { a: '1', b: '2' } },
      { Name: 'y', Labels: { a: '1' } },
    ];
    await using service = await fakeLibpod(() => ({ json }));
    const found = await volumesOf(service).list({ a: '1', b: '2' }, call());
    assert.deepEqual(
      found.map(({ name }) => name),
      ['x'],
    );
  });

  it('conflict by name and are in use', async () => {
    await using service = await fakeLibpod(({ method }) => {
      if (method === 'GET') return { json: [{ Name: 'v' }] };
      if (method === 'POST') return { status: 500, json: { cause: 'volume already exists', message: 'm' } };
      return { status: 409, json: { cause: 'volume is being used', message: 'm' } };
    });
    const volumes = volumesOf(service);
    await assert.rejects(volumes.create({ name: 'v', labels: {} }, call()), { code: 'CONFLICT' });
    await assert.rejects(volumes.remove('v', call()), { code: 'IN_USE' });
  });
});

const stat = (mode: number, size: number): Answer => ({
  headers: { 'X-Docker-Container-Path-Stat': Buffer.from(JSON.stringify({ mode, size })).toString('base64') },
});

/** A service with one volume whose only file is this; it knows the empty image once that was loaded. */
function withFile(head: Answer, tar: Uint8Array = new Uint8Array(0)) {
  let loaded: string | undefined;
  return ({ method, path, body }: SeenRequest): Answer | undefined => {
    if (path === '/images/load') loaded = /localhost\/fairlead\/empty:[0-9a-f]{40}/.exec(body)?.[0];
    if (path === '/images/load') return { json: { Names: [loaded] } };
    if (path.startsWith('/images/'))
      return loaded === undefined
        ? { status: 404, json: { cause: 'image not known', message: 'm' } }
        : { json: { Id: 'ee', RepoTags: [loaded] } };
    if (path === '/containers/create') return { status: 201, json: { Id: idOf('c') } };
    if (method === 'HEAD') return head;
    if (path.endsWith('/archive')) return (response) => response.writeHead(200).end(tar);
    return method === 'DELETE' ? { json: [] } : undefined;
  };
}

describe('readFile', () => {
  it('reads through a container that never starts and is removed (L38, L39)', async () => {
    const tar = tarFiles([{ name: 'out.json', content: Buffer.from('{"a":1}') }]);
    await using service = await fakeLibpod(withFile(stat(420, 7), tar));
    const bytes = await volumesOf(service).readFile('v', 'r/out.json', { ...call(), maxBytes: 100 });
    assert.equal(Buffer.from(bytes).toString(), '{"a":1}');
    const create = JSON.parse(service.seen.find(({ path }) => path === '/containers/create')?.body ?? '{}');
    assert.deepEqual(create.volumes, [{ Name: 'v', Dest: '/volume', Options: ['ro'] }]);
    assert.equal(create.labels[label.role], 'helper');
    assert.equal(create.labels[label.owner], 'test');
    const archive = service.seen.find(({ path }) => path.endsWith('/archive'));
    assert.equal(archive?.query.get('path'), '/volume/r/out.json');
    assert.ok(service.seen.every(({ path }) => !path.endsWith('/start')));
    assert.equal(service.seen.at(-1)?.method, 'DELETE');
  });

  it.each([
    ['what is not there', { status: 404 }, /does not exist/],
    ['a folder', stat(2_147_484_141, 4096), /not.* but a directory/],
    ['a pipe', stat(33_554_852, 0), /special file/],
    ['what is too large', stat(420, 101), /101 bytes, more than 100/],
  ] as const)('refuses %s, and removes its container', async (_what, head, message) => {
    await using service = await fakeLibpod(withFile(head));
    const reading = volumesOf(service).readFile('v', 'x', { ...call(), maxBytes: 100 });
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'INVALID_SPEC');
      assert.match(error.message, message);
      return true;
    });
    assert.equal(service.seen.at(-1)?.method, 'DELETE');
  });

  it('removes its container also when the answer to its creation is lost', async () => {
    const answer = withFile(stat(420, 1));
    let made = '';
    await using service = await fakeLibpod((request) => {
      if (request.path === '/containers/json') return { json: [{ Id: idOf('c'), Names: [made] }] };
      if (request.path !== '/containers/create') return answer(request);
      made = JSON.parse(request.body).name;
      return (response) => void response.destroy();
    });
    const reading = volumesOf(service).readFile('v', 'x', { ...call(), maxBytes: 100 });
    await assert.rejects(reading, { code: 'CONNECTION_LOST' });
    const last = service.seen.at(-1);
    assert.deepEqual([last?.method, last?.path], ['DELETE', `/containers/${idOf('c')}`]);
  });

  it('removes its container also when the call is cancelled meanwhile', async () => {
    const controller = new AbortController();
    const reason = new Error('mine');
    const answer = withFile(stat(420, 1));
    await using service = await fakeLibpod((request) => {
      if (request.path === '/containers/create') controller.abort(reason);
      return answer(request);
    });
    const reading = volumesOf(service).readFile('v', 'x', { signal: controller.signal, maxBytes: 100 });
    await assert.rejects(reading, reason);
    assert.equal(service.seen.at(-1)?.method, 'DELETE');
  });
});
