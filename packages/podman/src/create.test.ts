import assert from 'node:assert/strict';
import type { CreatePlan } from '@fairlead/core/backend';
import { describe, it } from 'vitest';
import { call, fakeLibpod, idOf, inspected, type Answer, type SeenRequest } from './__fixtures__/fake-libpod.ts';
import { createContainer } from './create.ts';
import type { EngineRecord } from './engine-record.ts';

const id = idOf('a');
const engine: EngineRecord = {
  version: '5.8.6',
  architecture: 'amd64',
  rootless: true,
  cgroupControllers: [],
  cgroupVersion: 'v1',
  graphRoot: '/g',
  runRoot: '/r',
  ociRuntime: 'crun',
  selinux: false,
  hasUserNetwork: true,
};
const plan: CreatePlan = {
  name: 'f-1',
  image: { format: 'registry', name: 'docker.io/library/busybox:1' },
  imageConfig: undefined,
  labels: {},
  command: undefined,
  entrypoint: undefined,
  env: {},
  workdir: undefined,
  user: undefined,
  mounts: [],
  files: [],
  network: { mode: 'none' },
  resources: {},
  readOnlyRootfs: false,
  stopSignal: undefined,
  stopGraceSeconds: 10,
  autoRemove: false,
  ensured: { id: 'sha256:ab' },
};
const warning = 'Resource limits are not supported and ignored on cgroups V1 rootless systems';

function service(created: Answer) {
  return ({ path, method }: SeenRequest): Answer | undefined => {
    if (path === '/containers/create') return created;
    if (path === '/volumes/json') return { json: [{ Name: 'there' }] };
    if (path.startsWith('/images/')) return { json: { Id: 'ab', Config: { Entrypoint: ['/entry'] } } };
    return method === 'PUT' ? {} : { json: inspected(id) };
  };
}

describe('createContainer', () => {
  it('gives the full id', async () => {
    await using fake = await fakeLibpod(service({ status: 201, json: { Id: id, Warnings: [] } }));
    assert.equal(await createContainer(fake.client, plan, engine, call()), id);
  });

  it('refuses a volume that is missing, which the engine would make in silence', async () => {
    await using fake = await fakeLibpod(service({ status: 201, json: { Id: id } }));
    const mounts = [{ type: 'volume', volume: 'absent', target: '/v' }] as const;
    await assert.rejects(createContainer(fake.client, { ...plan, mounts }, engine, call()), {
      code: 'VOLUME_NOT_FOUND',
    });
    assert.ok(fake.seen.every(({ path }) => path !== '/containers/create'));
    const there = [{ type: 'volume', volume: 'there', target: '/v' }] as const;
    assert.equal(await createContainer(fake.client, { ...plan, mounts: there }, engine, call()), id);
  });

  it('refuses limits that the engine drops with a warning (C15)', async () => {
    await using fake = await fakeLibpod(service({ status: 201, json: { Id: id, Warnings: [warning] } }));
    const limited = { ...plan, resources: { pids: 5 } };
    await assert.rejects(createContainer(fake.client, limited, engine, call()), { code: 'UNSUPPORTED' });
    assert.equal(await createContainer(fake.client, plan, engine, call()), id);
  });

  it('copies files into volumes of the image, which Podman 5 has filled, and below those that 4 will fill', async () => {
    await using fake = await fakeLibpod(service({ status: 201, json: { Id: id } }));
    const content = new Uint8Array([1]);
    const files = ['/data/x', '/etc/y'].map((target) => ({ target, content, mode: 0o600 }));
    const roots = (): readonly (string | null)[] =>
      fake.seen.filter(({ method }) => method === 'PUT').map(({ query }) => query.get('path'));
    await createContainer(fake.client, { ...plan, files }, engine, call());
    assert.deepEqual(roots(), ['/data', '/']);
    await createContainer(fake.client, { ...plan, files }, { ...engine, version: '4.3.1' }, call());
    assert.deepEqual(roots().slice(2), ['/']);
  });

  it("asks for the image's entrypoint where the plan says no arguments", async () => {
    await using fake = await fakeLibpod(service({ status: 201, json: { Id: id } }));
    await createContainer(fake.client, { ...plan, command: [] }, engine, call());
    const body = JSON.parse(fake.seen.find(({ path }) => path === '/containers/create')?.body ?? '{}');
    assert.deepEqual([body.entrypoint, body.command], [['/entry'], []]);
  });

  it('says that there is nothing to run without arguments in an image without an entrypoint', async () => {
    await using fake = await fakeLibpod(() => ({ json: { Id: 'ab', Config: { Cmd: ['of the image'] } } }));
    await assert.rejects(createContainer(fake.client, { ...plan, command: [] }, engine, call()), {
      code: 'INVALID_SPEC',
    });
    assert.ok(!fake.seen.some(({ method }) => method === 'POST'));
  });

  it('tells a name that is taken as the conflict that runs rely on', async () => {
    const json = { cause: 'that name is already in use', message: 'the container name "f-1" is already in use' };
    await using fake = await fakeLibpod(service({ status: 500, json }));
    await assert.rejects(createContainer(fake.client, plan, engine, call()), { code: 'CONFLICT' });
  });

  it('tells a bind source that is missing (C122)', async () => {
    const json = { cause: 'no such file or directory', message: 'statfs /nope: no such file or directory' };
    await using fake = await fakeLibpod(service({ status: 500, json }));
    await assert.rejects(createContainer(fake.client, plan, engine, call()), { code: 'MOUNT_SOURCE_MISSING' });
  });
});
