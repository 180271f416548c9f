import { openEstate } from '@fairlead/core/backend';
import { describe, expect, it } from 'vitest';
import { fakeEngine, never } from './__fixtures__/fake-engine.ts';
import { engineVolumes } from './volumes.ts';

const estate = openEstate({ owner: 'me' });
const gone = { status: 404, json: { message: 'get a: no such volume' } };

describe('create', () => {
  it('sends name and labels', async () => {
    const labels = { k: 'v' };
    await using engine = await fakeEngine(({ method }) =>
      method === 'GET' ? gone : { status: 201, json: { Name: 'a', Labels: labels } },
    );
    await engineVolumes(engine.client, estate).create({ name: 'a', labels }, never());
    expect(JSON.parse(String(engine.seen[1]?.body))).toEqual({ Name: 'a', Labels: labels });
  });

  it('rejects with CONFLICT for one that exists, which the engine would give in silence (C87)', async () => {
    await using engine = await fakeEngine(() => ({ json: { Name: 'a', Labels: null } }));
    const made = engineVolumes(engine.client, estate).create({ name: 'a', labels: {} }, never());
    await expect(made).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(engine.routes).toEqual(['GET /volumes/a']);
  });

  it('sees by the labels that another one was faster (C87)', async () => {
    await using engine = await fakeEngine(({ method }) =>
      method === 'GET' ? gone : { status: 201, json: { Name: 'a', Labels: { k: 'theirs' } } },
    );
    const made = engineVolumes(engine.client, estate).create({ name: 'a', labels: { k: 'mine' } }, never());
    await expect(made).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('inspect, list and remove', () => {
  it('finds exactly this name, not one that begins so (C88)', async () => {
    await using engine = await fakeEngine(() => ({ json: { Name: 'abc', Labels: {} } }));
    const volumes = engineVolumes(engine.client, estate);
    expect(await volumes.inspect('abc', never())).toEqual({ name: 'abc', labels: {} });
    expect(await volumes.inspect('ab', never())).toBeUndefined();
  });

  it('removes nothing that only begins so (C88), and resolves for what is gone', async () => {
    await using engine = await fakeEngine(() => ({ json: { Name: 'abc', Labels: {} } }));
    await engineVolumes(engine.client, estate).remove('ab', never());
    expect(engine.routes).toEqual(['GET /volumes/ab']);
    await using empty = await fakeEngine(() => gone);
    await expect(engineVolumes(empty.client, estate).remove('a', never())).resolves.toBeUndefined();
  });

  it('resolves when somebody else removes it meanwhile', async () => {
    await using engine = await fakeEngine(({ method }) => (method === 'GET' ? { json: { Name: 'a' } } : gone));
    await expect(engineVolumes(engine.client, estate).remove('a', never())).resolves.toBeUndefined();
  });

  it('rejects with IN_USE for one that a container has', async () => {
    const busy = { status: 409, json: { message: 'remove a: volume is in use - [d176]' } };
    await using engine = await fakeEngine(({ method }) => (method === 'GET' ? { json: { Name: 'a' } } : busy));
    await expect(engineVolumes(engine.client, estate).remove('a', never())).rejects.toMatchObject({ code: 'IN_USE' });
  });

  it('lists those that have all the labels', async () => {
    const Volumes = [
      { Name: 'a', Labels: { x: '1', y: '2' } },
      { Name: 'b', Labels: { x: '1' } },
    ];
    await using engine = await fakeEngine(() => ({ json: { Volumes, Warnings: null } }));
    const found = await engineVolumes(engine.client, estate).list({ x: '1', y: '2' }, never());
    expect(found.map(({ name }) => name)).toEqual(['a']);
    expect(JSON.parse(engine.seen[0]?.query.get('filters') ?? '')).toEqual({ label: ['x=1', 'y=2'] });
  });
});
