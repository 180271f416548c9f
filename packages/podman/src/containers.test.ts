import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { call, fakeLibpod, idOf, inspected } from './__fixtures__/fake-libpod.ts';
import {
  inspectContainers,
  killContainer,
  listContainers,
  removeContainer,
  resolveContainer,
  startContainer,
  stopContainer,
  waitForContainer,
} from './containers.ts';

const a = idOf('a');
const b = idOf('b');
const improper = { cause: 'container state improper', message: 'can only kill running containers' };

describe('resolve compares whole (C97)', () => {
  it('takes a name only if it is exactly this one, and asks for it as a pattern', async () => {
    const list = [
      { Id: a, Names: ['one.x2'] },
      { Id: b, Names: ['one.x'] },
    ];
    await using service = await fakeLibpod(() => ({ json: list }));
    assert.equal(await resolveContainer(service.client, 'one.x', call()), b);
    assert.equal(service.seen[0]?.query.get('filters'), JSON.stringify({ name: ['^one\\.x$'] }));
    assert.equal(service.seen[0]?.query.get('all'), 'true');
    assert.equal(await resolveContainer(service.client, 'one', call()), undefined);
  });

  it('takes a full id, and no beginning of one', async () => {
    await using service = await fakeLibpod(({ path }) =>
      path.startsWith('/containers/json') ? { json: [] } : { json: inspected(a) },
    );
    assert.equal(await resolveContainer(service.client, a, call()), a);
    assert.equal(await resolveContainer(service.client, a.slice(0, 12), call()), undefined);
    assert.equal(await resolveContainer(service.client, b, call()), undefined);
  });
});

describe('inspect', () => {
  it('leaves out what is gone', async () => {
    await using service = await fakeLibpod(({ path }) => (path.includes(a) ? { json: inspected(a) } : undefined));
    const found = await inspectContainers(service.client, [a, b, a], call());
    assert.deepEqual([...found.keys()], [a]);
    assert.equal(found.get(a)?.state.phase, 'exited');
  });
});

describe('list', () => {
  it('looks at the labels itself as well, and takes details from inspect (C12, C98)', async () => {
    await using service = await fakeLibpod(({ path }) => {
      if (path === '/containers/json') return { json: [{ Id: a }, { Id: b }] };
      return { json: path.includes(a) ? inspected(a) : { ...inspected(b), Config: { Labels: { a: 'c' } } } };
    });
    const found = await listContainers(service.client, { a: 'b' }, call());
    assert.deepEqual(
      found.map(({ id }) => id),
      [a],
    );
    assert.equal(service.seen[0]?.query.get('filters'), JSON.stringify({ label: ['a=b'] }));
  });
});

describe('wait, stop and kill', () => {
  it('sends only words that the engine knows (C35)', async () => {
    await using service = await fakeLibpod(() => ({ json: 7 }));
    await waitForContainer(service.client, a, call());
    assert.deepEqual(service.seen[0]?.query.getAll('condition'), ['exited', 'stopped']);
  });

  it('resolve for a container that is gone', async () => {
    await using service = await fakeLibpod(() => undefined);
    await waitForContainer(service.client, a, call());
    await stopContainer(service.client, a, { graceSeconds: 0 }, call());
    await killContainer(service.client, a, 'SIGKILL', call());
    assert.deepEqual(
      service.seen.map(({ query }) => query.toString()),
      ['condition=exited&condition=stopped', 'timeout=0', 'signal=SIGKILL'],
    );
  });

  it("leaves the grace to the container's own where none is given", async () => {
    await using service = await fakeLibpod(() => ({ status: 204 }));
    await stopContainer(service.client, a, { graceSeconds: undefined }, call());
    assert.equal(service.seen[0]?.query.size, 0);
  });

  it.each([409, 500])('kill resolves for one that does not run, told with %i (C20)', async (status) => {
    await using service = await fakeLibpod(() => ({ status, json: improper }));
    await killContainer(service.client, a, 'SIGTERM', call());
    assert.equal(service.seen.length, 1);
  });

  it('kill refuses an unknown signal', async () => {
    await using service = await fakeLibpod(() => ({
      status: 500,
      json: { cause: 'invalid signal: X', message: 'invalid signal: X' },
    }));
    await assert.rejects(killContainer(service.client, a, 'X', call()), { code: 'INVALID_SPEC' });
  });
});

describe('start', () => {
  it('takes 304 for started, and tells what cannot run (C22)', async () => {
    let status = 304;
    const json = {
      cause: 'OCI runtime attempted to invoke a command that was not found',
      message: 'crun: `/nope` not found',
    };
    await using service = await fakeLibpod(() => ({ status, json: status === 304 ? undefined : json }));
    await startContainer(service.client, a, call());
    status = 500;
    await assert.rejects(startContainer(service.client, a, call()), { code: 'START_FAILED' });
  });
});

describe('remove', () => {
  it('forces without a grace and takes anonymous volumes, by the word that libpod listens to (C16)', async () => {
    await using service = await fakeLibpod(() => ({ json: [{ Id: a }] }));
    await removeContainer(service.client, a, call());
    assert.equal(service.seen[0]?.query.toString(), 'force=true&timeout=0&volumes=true');
  });

  it('resolves for one that is gone', async () => {
    await using service = await fakeLibpod(() => undefined);
    await removeContainer(service.client, a, call());
    assert.equal(service.seen.length, 1);
  });

  it('waits for a removal that is under way until it is gone', async () => {
    let deletes = 0;
    await using service = await fakeLibpod(({ method }) => {
      if (method !== 'DELETE') return { json: inspected(a, { status: 'removing' }) };
      deletes += 1;
      return deletes < 3 ? { status: 500, json: improper } : undefined;
    });
    await removeContainer(service.client, a, call());
    assert.equal(deletes, 3);
  });

  it('gives up on one that cannot be removed, with the reason', async () => {
    const json = { cause: 'device or resource busy', message: 'unlinkat /x: device or resource busy' };
    await using service = await fakeLibpod(({ method }) =>
      method === 'DELETE' ? { status: 500, json } : { json: inspected(a) },
    );
    await assert.rejects(removeContainer(service.client, a, call()), /device or resource busy/);
  }, 15_000);
});
