import { readTarEntries } from '@fairlead/core/backend';
import { describe, expect, it } from 'vitest';
import { fakeEngine, never, type Answer, type SeenRequest } from './__fixtures__/fake-engine.ts';
import { inspection } from './__fixtures__/inspection.ts';
import { plan } from './__fixtures__/plan.ts';
import { createContainer } from './create.ts';

const id = 'a'.repeat(64);

function by(routes: Readonly<Record<string, Answer>>): (request: SeenRequest) => Answer | undefined {
  return ({ route }) => routes[route];
}

describe('createContainer', () => {
  it('sends name and body, and gives the full id', async () => {
    await using engine = await fakeEngine(
      by({ 'POST /containers/create': { status: 201, json: { Id: id, Warnings: [] } } }),
    );
    expect(await createContainer(engine.client, plan(), never())).toBe(id);
    expect(engine.seen[0]?.query.get('name')).toBe('a-name');
    expect(JSON.parse(String(engine.seen[0]?.body))).toMatchObject({
      Image: 'sha256:1234',
      HostConfig: { LogConfig: { Type: 'local' } },
    });
  });

  it('copies files in as they are, and lets none replace a folder', async () => {
    await using engine = await fakeEngine(
      by({ 'POST /containers/create': { status: 201, json: { Id: id } }, [`PUT /containers/${id}/archive`]: {} }),
    );
    const files = [{ target: '/srv/é,1=2', content: Buffer.from('x'), mode: 0o640 }];
    await createContainer(engine.client, plan({ files }), never());
    const put = engine.seen[1];
    expect([put?.query.get('path'), put?.query.get('noOverwriteDirNonDir')]).toEqual(['/', '1']);
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield put?.body ?? Buffer.alloc(0);
    };
    for await (const entry of readTarEntries(body()))
      expect(entry).toMatchObject({ name: 'srv/é,1=2', mode: 0o640, size: 1 });
    expect.assertions(2);
  });

  it('copies files into each mount by itself where Podman answers, which does not look through them', async () => {
    const mounted = { ...inspection(), Mounts: [{ Destination: '/vol' }] };
    await using engine = await fakeEngine(
      by({
        'POST /containers/create': { status: 201, json: { Id: id } },
        [`GET /containers/${id}/json`]: { json: mounted },
        [`PUT /containers/${id}/archive`]: {},
      }),
      { podman: '5.8.6' },
    );
    const files = ['/vol/a', '/etc/b'].map((target) => ({ target, content: Buffer.from('x'), mode: 0o640 }));
    await createContainer(engine.client, plan({ files }), never());
    const puts = engine.seen.filter(({ route }) => route.startsWith('PUT '));
    expect(puts.map(({ query }) => query.get('path'))).toEqual(['/vol', '/']);
  });

  it('makes no volume that is not there, as the engine would', async () => {
    await using engine = await fakeEngine(
      by({ 'GET /volumes/absent': { status: 404, json: { message: 'get absent: no such volume' } } }),
    );
    const mounts = [{ type: 'volume', volume: 'absent', target: '/d' }] as const;
    await expect(createContainer(engine.client, plan({ mounts }), never())).rejects.toMatchObject({
      code: 'VOLUME_NOT_FOUND',
    });
    expect(engine.routes).toEqual(['GET /volumes/absent']);
  });

  it.each([
    'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    'Resource limits are not supported and ignored on cgroups V1 rootless systems',
  ])('refuses where the engine would drop a limit in silence (C15): %s', async (warning) => {
    await using engine = await fakeEngine(
      by({ 'POST /containers/create': { status: 201, json: { Id: id, Warnings: [warning] } } }),
    );
    await expect(createContainer(engine.client, plan(), never())).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it("gives the image's entrypoint along where the plan says no arguments: the engine would take the image's", async () => {
    const image = { Id: 'sha256:1234', Config: { Entrypoint: ['/entry', '-x'], Cmd: ['of the image'] } };
    await using engine = await fakeEngine(
      by({
        'GET /images/sha256:1234/json': { json: image },
        'POST /containers/create': { status: 201, json: { Id: id } },
      }),
    );
    await createContainer(engine.client, plan({ command: [] }), never());
    expect(JSON.parse(String(engine.seen.at(-1)?.body))).toMatchObject({ Entrypoint: ['/entry', '-x'], Cmd: [] });
  });

  it('says that there is nothing to run without arguments in an image without an entrypoint', async () => {
    const image = { Id: 'sha256:1234', Config: { Cmd: ['of the image'] } };
    await using engine = await fakeEngine(by({ 'GET /images/sha256:1234/json': { json: image } }));
    const creating = createContainer(engine.client, plan({ command: [] }), never());
    await expect(creating).rejects.toMatchObject({ code: 'INVALID_SPEC', hint: expect.any(String) });
    expect(engine.routes).not.toContain('POST /containers/create');
  });

  it('rejects with CONFLICT for a name that is taken', async () => {
    const message = 'Conflict. The container name "/a-name" is already in use by container "74fc".';
    await using engine = await fakeEngine(by({ 'POST /containers/create': { status: 409, json: { message } } }));
    await expect(createContainer(engine.client, plan(), never())).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
