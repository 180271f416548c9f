import { utimes } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fakeEngine, never, type Answer, type SeenRequest } from './__fixtures__/fake-engine.ts';
import { inspection } from './__fixtures__/inspection.ts';
import {
  inspectContainers,
  killContainer,
  listContainers,
  resolveContainer,
  startContainer,
  stopContainer,
  waitForContainer,
} from './containers.ts';

const id = 'a'.repeat(64);

function by(routes: Readonly<Record<string, Answer>>): (request: SeenRequest) => Answer | undefined {
  return ({ route }) => routes[route];
}

describe('changes of a container', () => {
  it('starts one that runs already without harm', async () => {
    await using engine = await fakeEngine(by({ [`POST /containers/${id}/start`]: { status: 304 } }));
    await expect(startContainer(engine.client, id, never())).resolves.toBeUndefined();
  });

  it('rejects with START_FAILED when the command cannot run (C22)', async () => {
    const json = { message: 'exec: "none": executable file not found in $PATH' };
    await using engine = await fakeEngine(by({ [`POST /containers/${id}/start`]: { status: 400, json } }));
    await expect(startContainer(engine.client, id, never())).rejects.toMatchObject({ code: 'START_FAILED' });
  });

  it('stops with the given grace, or with the container’s own', async () => {
    await using engine = await fakeEngine(() => ({ status: 204 }));
    await stopContainer(engine.client, id, { graceSeconds: 0, ...never() });
    await stopContainer(engine.client, id, { graceSeconds: undefined, ...never() });
    expect(engine.seen.map(({ query }) => query.get('t'))).toEqual(['0', null]);
  });

  it('sends a signal by its name', async () => {
    await using engine = await fakeEngine(() => ({ status: 204 }));
    await killContainer(engine.client, id, { name: 'SIGUSR1', ...never() });
    expect(engine.seen[0]?.query.get('signal')).toBe('SIGUSR1');
  });

  it.each([
    [409, { message: 'container 74fc is not running' }],
    [500, { message: 'can only kill running containers', cause: 'container state improper' }],
  ])('takes a signal to a container that does not run for no failure (%i, C20)', async (status, json) => {
    await using engine = await fakeEngine(() => ({ status, json }));
    await expect(killContainer(engine.client, id, { name: 'SIGTERM', ...never() })).resolves.toBeUndefined();
  });

  it('waits for the end, and does not wait for one that is gone', async () => {
    await using engine = await fakeEngine(by({ [`POST /containers/${id}/wait`]: { json: { StatusCode: 0 } } }));
    await waitForContainer(engine.client, id, never());
    expect(engine.seen[0]?.query.get('condition')).toBe('not-running');
    await expect(waitForContainer(engine.client, 'gone', never())).resolves.toBeUndefined();
  });
});

describe('finding containers', () => {
  it.each([
    [id, id],
    ['a-name', id],
    ['aaaa', undefined],
    ['a-nam', undefined],
  ])('resolves %s only where it is the whole id or name (C97)', async (asked, expected) => {
    // The engine finds by the beginning of an id, too.
    await using engine = await fakeEngine(() => ({ json: inspection({ Id: id, Name: '/a-name' }) }));
    expect(await resolveContainer(engine.client, asked, never())).toBe(expected);
  });

  it('resolves what is not there to nothing', async () => {
    await using engine = await fakeEngine(() => undefined);
    expect(await resolveContainer(engine.client, 'absent', never())).toBeUndefined();
  });

  it('inspects many, leaves out what is gone, and asks for eight at a time at most', async () => {
    let open = 0;
    let most = 0;
    await using engine = await fakeEngine(({ route }) => async (response) => {
      most = Math.max(most, (open += 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      open -= 1;
      const asked = route.split('/')[2] ?? '';
      const gone = asked.endsWith('7');
      response.writeHead(gone ? 404 : 200);
      response.end(JSON.stringify(gone ? { message: `No such container: ${asked}` } : inspection({ Id: asked })));
    });
    const ids = Array.from({ length: 30 }, (_, index) => String(index).padStart(64, 'a'));
    const found = await inspectContainers(engine.client, ids, never());
    expect([...found.keys()].toSorted()).toEqual(ids.filter((each) => !each.endsWith('7')).toSorted());
    expect(most).toBeLessThanOrEqual(8);
    expect(most).toBeGreaterThan(1);
  });

  it('tells labels, user and state', async () => {
    const Config = { Image: 'sha256:1', Labels: { k: 'v' }, User: '' };
    await using engine = await fakeEngine(() => ({ json: inspection({ Id: id, Config }) }));
    const found = await inspectContainers(engine.client, [id], never());
    expect(found.get(id)).toMatchObject({
      id,
      name: 'a-name',
      labels: { k: 'v' },
      user: '0',
      state: { phase: 'created' },
    });
  });

  it('lists by labels, and believes only what inspect says of them (C8, C98)', async () => {
    await using engine = await fakeEngine(({ route }) =>
      route === 'GET /containers/json'
        ? { json: [{ Id: '1' }, { Id: '2' }] }
        : {
            json: inspection({
              Id: route.split('/')[2],
              Config: { Labels: route.includes('/1/') ? { a: '1', b: '2' } : { a: '1' } },
            }),
          },
    );
    const found = await listContainers(engine.client, { a: '1', b: '2' }, never());
    expect(found.map(({ id: each }) => each)).toEqual(['1']);
    expect(engine.seen[0]?.query.get('all')).toBe('1');
    expect(JSON.parse(engine.seen[0]?.query.get('filters') ?? '')).toEqual({ label: ['a=1', 'b=2'] });
  });

  it('takes a code of 255 for lost where the socket tells that the engine was started then (L29)', async () => {
    const State = {
      Status: 'exited',
      ExitCode: 255,
      StartedAt: '2026-01-01T00:00:00Z',
      FinishedAt: '2026-01-02T00:00:00Z',
    };
    await using engine = await fakeEngine(() => ({ json: inspection({ Id: id, State }) }));
    const exit = async (): Promise<unknown> => (await inspectContainers(engine.client, [id], never())).get(id)?.state;
    expect(await exit()).toMatchObject({ exit: { reason: 'error', code: 255 } });
    const restart = new Date('2026-01-01T23:59:58Z');
    await utimes(engine.socketPath, restart, restart);
    expect(await exit()).toMatchObject({ exit: { reason: 'lost' } });
  });
});
