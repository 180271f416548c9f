import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { label } from '../estate/labels.ts';
import type { SessionProof } from '../estate/session.ts';
import { FairleadError } from '../errors.ts';
import type { RunSpec } from '../spec.ts';
import { asSession, deadProof, foreignProof, liveProof } from './__fixtures__/sessions.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

/** Makes a container as a session with this proof would have made it; returns its id. */
async function leftBy(test: TestManager, proof: SessionProof, spec: RunSpec = { image: 'sleep:1' }): Promise<string> {
  const container = await test.another({}, asSession(proof)).run(spec);
  return container.id;
}

/** A folder of copies with this record, or with one that is no file; `age` makes it old. */
async function copiesWith(
  { stateFolder }: TestManager,
  record: string | undefined,
): Promise<{ readonly folder: string; age(): Promise<void> }> {
  const folder = join(stateFolder, 'files', randomBytes(16).toString('hex'));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '0'), 'secret');
  if (record === undefined) await mkdir(join(folder, 'copies.json'));
  else await writeFile(join(folder, 'copies.json'), record);
  const before = new Date(Date.now() - 120_000);
  return { folder, age: () => utimes(folder, before, before) };
}

function sessionOf({ engine }: TestManager, id: string): string {
  return engine.containers.get(id)?.plan.labels[label.session] ?? '';
}

describe('reap', () => {
  it('removes what proven dead sessions left, running or not', async () => {
    await using test = await testManager();
    const proof = await deadProof();
    const ids = [await leftBy(test, proof), await leftBy(test, proof, { image: 'exit:1' })];
    await expect(test.manager.reap()).resolves.toEqual({ removed: ids, left: [] });
    expect(test.engine.containers.size).toBe(0);
  });

  it('leaves what its own session made, without a word', async () => {
    await using test = await testManager();
    await test.manager.run({ image: 'sleep:1' });
    await expect(test.manager.reap()).resolves.toEqual({ removed: [], left: [] });
    expect(test.engine.containers.size).toBe(1);
  });

  it('leaves what a live session made, and says so', async () => {
    await using test = await testManager();
    const id = await leftBy(test, liveProof());
    await expect(test.manager.reap()).resolves.toEqual({ removed: [], left: [{ id, reason: 'its session lives' }] });
  });

  it('leaves what another host may still use, unless that session is named', async () => {
    await using test = await testManager();
    const id = await leftBy(test, foreignProof());
    await expect(test.manager.reap()).resolves.toMatchObject({
      removed: [],
      left: [{ id, reason: expect.stringContaining('assumeDead') }],
    });
    await expect(test.manager.reap({ assumeDead: [sessionOf(test, id)] })).resolves.toEqual({
      removed: [id],
      left: [],
    });
  });

  it('never takes its own session for dead, even if it is named', async () => {
    await using test = await testManager();
    const { id } = await test.manager.run({ image: 'sleep:1' });
    await expect(test.manager.reap({ assumeDead: [sessionOf(test, id)] })).resolves.toEqual({ removed: [], left: [] });
  });

  it('leaves what another owner made', async () => {
    await using test = await testManager();
    await test.another({ owner: 'somebody else' }, asSession(await deadProof())).run({ image: 'sleep:1' });
    await expect(test.manager.reap()).resolves.toEqual({ removed: [], left: [] });
    expect(test.engine.containers.size).toBe(1);
  });

  it('leaves what was detached, for good', async () => {
    await using test = await testManager();
    const container = await test.another({}, asSession(await deadProof())).run({ image: 'sleep:1' });
    await container.detach();
    await expect(test.manager.reap()).resolves.toMatchObject({ left: [{ id: container.id }], removed: [] });
  });

  it('leaves what a live session adopted, whoever else adopted it and died', async () => {
    await using test = await testManager();
    const container = await test.another({}, asSession(await deadProof())).run({ image: 'sleep:1' });
    await test.another().adopt(container.ref);
    await writeFile(
      join(test.stateFolder, `kept/${container.id}.${'0'.repeat(32)}.json`),
      JSON.stringify({ ...container.ref, proof: await deadProof() }),
    );
    await expect(test.manager.reap()).resolves.toMatchObject({
      removed: [],
      left: [{ id: container.id, reason: 'it was adopted or detached' }],
    });
  });

  it('removes what was adopted by a session that is dead, too', async () => {
    await using test = await testManager();
    const proof = await deadProof();
    const { id, ref } = await test.another({}, asSession(proof)).run({ image: 'sleep:1' });
    await mkdir(join(test.stateFolder, 'kept'));
    const record = { v: 1, id, engineId: ref.engineId, owner: 'tester', proof };
    await writeFile(join(test.stateFolder, `kept/${id}.${'0'.repeat(32)}.json`), JSON.stringify(record));
    await expect(test.manager.reap()).resolves.toMatchObject({ removed: [id] });
    await expect(readdir(join(test.stateFolder, 'kept'))).resolves.toEqual([]);
  });

  it('goes on when one thing resists, and says which and why', async () => {
    await using test = await testManager();
    const proof = await deadProof();
    const [first, second] = [await leftBy(test, proof), await leftBy(test, proof)];
    const busy = new FairleadError({ code: 'IN_USE', message: 'device busy' });
    await using reaper = test.another({}, (backend) => ({
      ...backend,
      remove: (id, call) => (id === first ? Promise.reject(busy) : backend.remove(id, call)),
    }));
    await expect(reaper.reap()).resolves.toEqual({
      removed: [second],
      left: [{ id: first, reason: 'it could not be removed: device busy' }],
    });
  });

  it('tells what the backend swept besides', async () => {
    await using test = await testManager({
      decorate: (backend) => ({ ...backend, sweep: async () => ['/scratch/1'] }),
    });
    await expect(test.manager.reap()).resolves.toEqual({ removed: ['/scratch/1'], left: [] });
  });

  it('takes down what dead sessions played, and leaves what live ones play', async () => {
    await using test = await testManager();
    const dead = { id: '1'.repeat(32), proof: await deadProof() };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'sleep:1' }] },
    };
    const play = await test.manager.playKube({ objects: [pod] });
    const known = test.engine.plays.get(play.id);
    if (known === undefined) throw new Error('the play is not there');
    const other = test.another();
    await expect(other.reap()).resolves.toMatchObject({ removed: [], left: [{ id: play.id }] });
    test.engine.plays.set(play.id, { ...known, session: dead });
    await expect(other.reap()).resolves.toMatchObject({ removed: [play.id], left: [] });
    expect(test.engine.containers.size).toBe(0);
  });
});

describe('what reap cleans in the state folder', () => {
  const files: RunSpec = { image: 'sleep:1', readOnlyRootfs: true, files: [{ target: '/a', content: 'x' }] };

  it('are private copies whose container was removed by others, once their session is dead', async () => {
    await using test = await testManager();
    const folder = join(test.stateFolder, 'files');
    const id = await leftBy(test, liveProof(), files);
    const [name = ''] = await readdir(folder);
    test.engine.remove(id);
    await test.manager.reap();
    await expect(readdir(folder)).resolves.toEqual([name]);
    const record: unknown = JSON.parse(await readFile(join(folder, name, 'copies.json'), 'utf8'));
    await writeFile(
      join(folder, name, 'copies.json'),
      JSON.stringify(Object.assign({}, record, { proof: await deadProof() })),
    );
    await test.manager.reap();
    await expect(readdir(folder)).resolves.toEqual([]);
  });

  it('are not the copies of a container on another engine, nor of one that is kept', async () => {
    await using test = await testManager();
    const proof = await deadProof();
    const kept = await test.another({}, asSession(proof)).run(files);
    await kept.detach();
    const folder = join(test.stateFolder, 'files');
    const record = { v: 1, container: 'elsewhere', engineId: 'another', proof };
    await mkdir(join(folder, 'a'.repeat(32)));
    await writeFile(join(folder, 'a'.repeat(32), 'copies.json'), JSON.stringify(record));
    await test.manager.reap();
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('are folders that never got a record, once they are old', async () => {
    await using test = await testManager();
    const folder = join(test.stateFolder, 'files', 'b'.repeat(32));
    await mkdir(folder, { recursive: true });
    await test.manager.reap();
    await expect(readdir(join(test.stateFolder, 'files'))).resolves.toHaveLength(1);
    const before = new Date(Date.now() - 120_000);
    await utimes(folder, before, before);
    await test.manager.reap();
    await expect(readdir(join(test.stateFolder, 'files'))).resolves.toEqual([]);
  });

  it('are folders whose record was cut off by a crash, with the copies in them, once they are old', async () => {
    await using test = await testManager();
    const { folder, age } = await copiesWith(test, '{"v":1,"container":"f-');
    await test.manager.reap();
    await expect(readdir(folder)).resolves.toHaveLength(2);
    await age();
    await test.manager.reap();
    await expect(readdir(join(test.stateFolder, 'files'))).resolves.toEqual([]);
  });

  it('are not folders whose record is whole but of a later version, or cannot be read now', async () => {
    await using test = await testManager();
    const later = await copiesWith(test, '{"v":2,"containers":[]}');
    const unreadable = await copiesWith(test, undefined);
    await Promise.all([later.age(), unreadable.age()]);
    await test.manager.reap();
    await expect(readdir(later.folder)).resolves.toHaveLength(2);
    await expect(readdir(unreadable.folder)).resolves.toHaveLength(2);
  });

  it('are records of kept containers that others removed', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    await container.detach();
    await test.manager.reap();
    await expect(readdir(join(test.stateFolder, 'kept'))).resolves.toHaveLength(1);
    test.engine.remove(container.id);
    await test.manager.reap();
    await expect(readdir(join(test.stateFolder, 'kept'))).resolves.toEqual([]);
  });
});
