import { describe, expect, it } from 'vitest';
import type { Container } from '../container.ts';
import type { KubePlay } from '../kube.ts';
import type { ContainerManager } from '../manager.ts';
import { readAll } from './__fixtures__/read-all.ts';
import { testManager } from './__fixtures__/test-manager.ts';

/** What a caller without types may pass. */
const stray: object = { timeout: 5 };

const ofManager: readonly (readonly [string, (manager: ContainerManager, container: Container) => Promise<unknown>])[] =
  [
    ['probe', (manager) => manager.probe(stray)],
    ['check', (manager) => manager.check({ image: 'sleep:1' }, stray)],
    ['run', (manager) => manager.run({ image: 'sleep:1' }, stray)],
    ['create', (manager) => manager.create({ image: 'sleep:1' }, stray)],
    ['start', (manager, { id }) => manager.start(id, stray)],
    ['runToCompletion', (manager) => manager.runToCompletion({ image: 'exit:1' }, stray)],
    ['get', (manager, { id }) => manager.get(id, stray)],
    ['adopt', (manager, { ref }) => manager.adopt(ref, stray)],
    ['list', (manager) => readAll(manager.list({}, stray))],
    ['the filter of list', (manager) => readAll(manager.list(stray))],
    ['inspect', (manager, { id }) => manager.inspect(id, stray)],
    ['wait', (manager, { id }) => manager.wait(id, stray)],
    ['logs', (manager, { id }) => readAll(manager.logs(id, stray))],
    ['stop', (manager, { id }) => manager.stop(id, stray)],
    ['kill', (manager, { id }) => manager.kill(id, 'SIGTERM', stray)],
    ['remove', (manager, { id }) => manager.remove(id, stray)],
    ['createVolume', (manager) => manager.createVolume({}, stray)],
    ['volumes.get', (manager) => manager.volumes.get('v', stray)],
    ['volumes.list', (manager) => manager.volumes.list(stray)],
    ['volumes.remove', (manager) => manager.volumes.remove('v', stray)],
    ['images.ensure', (manager) => manager.images.ensure('sleep:1', stray)],
    ['playKube', (manager) => manager.playKube({ objects: [] }, stray)],
    ['kube.get', (manager) => manager.kube.get('p', stray)],
    ['kube.list', (manager) => manager.kube.list(stray)],
    ['reap', (manager) => manager.reap(stray)],
    ['inspect of a handle', (_, container) => container.inspect(stray)],
    ['wait of a handle', (_, container) => container.wait(stray)],
  ];

const ofPlay: readonly (readonly [string, (play: KubePlay) => Promise<unknown>])[] = [
  ['inspect', (play) => play.inspect(stray)],
  ['wait', (play) => play.wait(stray)],
  ['logs', (play) => readAll(play.logs(stray))],
  ['down', (play) => play.down(stray)],
];

const refused = { code: 'INVALID_SPEC', details: { unknown: ['timeout'] } };

describe('an option that there is none of is refused by', () => {
  it.each(ofManager)('%s', async (_, act) => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    const volume = await test.manager.createVolume({ name: 'v' });
    await expect(act(test.manager, container)).rejects.toMatchObject(refused);
    expect([...test.engine.containers.keys()]).toEqual([container.id]);
    expect(test.engine.containers.get(container.id)?.running).toBe(true);
    expect([...test.engine.volumes.keys()]).toEqual([volume.name]);
  });

  it.each(ofPlay)('%s of a play', async (_, act) => {
    await using test = await testManager();
    const containers = [{ name: 'c', image: 'sleep:1' }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } };
    const play = await test.manager.playKube({ objects: [pod] });
    await expect(act(play)).rejects.toMatchObject(refused);
    expect(test.engine.plays.size).toBe(1);
  });

  it('opening a manager', async () => {
    await using test = await testManager();
    expect(() => test.another(stray)).toThrow(expect.objectContaining(refused));
  });
});

it('a filter with a misspelt field does not list everything', async () => {
  await using test = await testManager();
  await test.manager.run({ image: 'sleep:1' });
  const filter: object = { label: { study: '7' } };
  await expect(readAll(test.manager.list(filter))).rejects.toThrow('there is no option label');
});

it('the lines of a play are not taken for chunks', async () => {
  await using test = await testManager();
  const containers = [{ name: 'c', image: 'say:1' }];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers } };
  const play = await test.manager.playKube({ objects: [pod] });
  // What a caller without types may pass.
  const options: object = { as: 'chunks' };
  const stream = play.logs(options);
  await expect(readAll(stream)).rejects.toMatchObject({ details: { unknown: ['as'] } });
  await expect(stream.ended).resolves.toMatchObject({ reason: 'interrupted' });
});
