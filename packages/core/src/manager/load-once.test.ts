import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../call.ts';
import { FairleadError } from '../errors.ts';
import { openSession } from '../estate/session.ts';
import { shortenRegistryName } from '../image/registry-name.ts';
import { deadProof } from './__fixtures__/sessions.ts';
import { imageName, slowKnowledge, type Steps } from './__fixtures__/slow-knowledge.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

const image = 'oci-archive:/a.tar';
const key = shortenRegistryName(imageName);

async function opened(steps: Steps = {}): Promise<TestManager & { readonly noted: string[] }> {
  const noted: string[] = [];
  const images = slowKnowledge({ ...steps, noted });
  const test = await testManager({ managerOptions: { images } });
  return { ...test, noted };
}

/** A conversion that has begun, and waits to be let go. */
function held(): Steps & { readonly begun: Promise<void>; letGo(): void } {
  const [begun, hold] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const before = (): Promise<void> => {
    begun.resolve();
    return hold.promise;
  };
  return { before, begun: begun.promise, letGo: () => hold.resolve() };
}

describe('an image file that several want at once', () => {
  it('is converted once, and everybody gets it (B15)', async () => {
    await using test = await opened();
    const other = test.another({ images: slowKnowledge({ noted: test.noted }) });
    const calls = [test.manager, test.manager, other].map((manager) => manager.images.ensure(image));
    const ensured = await Promise.all(calls);
    expect(new Set(ensured.map(({ id }) => id))).toEqual(new Set([key]));
    expect(test.noted.filter((word) => word === 'stream')).toEqual(['stream']);
    expect(test.engine.loads).toEqual([key]);
  });

  it('tells those who wait that another one converts it', async () => {
    const holding = held();
    await using test = await opened(holding);
    const seen: Progress[] = [];
    const first = test.manager.images.ensure(image);
    await holding.begun;
    const onProgress = (progress: Progress): void => {
      seen.push(progress);
      if (progress.phase === 'waiting') holding.letGo();
    };
    await test.another({ images: slowKnowledge() }).images.ensure(image, { onProgress });
    await first;
    expect(seen.map(({ phase }) => phase)).toEqual(['resolving', 'waiting']);
    expect(seen.at(-1)?.message).toContain(imageName);
  });

  it('goes to the next one when the first is cancelled, who leaves neither lock nor image', async () => {
    const holding = held();
    const reason = new Error('no more');
    const controller = new AbortController();
    await using test = await opened(holding);
    const first = test.manager.images.ensure(image, { signal: controller.signal });
    await holding.begun;
    const waits = Promise.withResolvers<void>();
    const onProgress = ({ phase }: Progress): void => (phase === 'waiting' ? waits.resolve() : undefined);
    const second = test.another({ images: slowKnowledge() }).images.ensure(image, { onProgress });
    await waits.promise;
    controller.abort(reason);
    holding.letGo();
    await expect(first).rejects.toBe(reason);
    await expect(second).resolves.toMatchObject({ id: key, name: imageName });
    expect(test.engine.loads).toEqual([key]);
    await expect(readdir(join(test.stateFolder, 'locks'))).resolves.toEqual([]);
  });

  it('lets who waits be cancelled alone', async () => {
    const holding = held();
    await using test = await opened(holding);
    const first = test.manager.images.ensure(image);
    await holding.begun;
    const reason = new Error('no more');
    const controller = new AbortController();
    const onProgress = ({ phase }: Progress): void => (phase === 'waiting' ? controller.abort(reason) : undefined);
    const options = { signal: controller.signal, onProgress };
    await expect(test.another({ images: slowKnowledge() }).images.ensure(image, options)).rejects.toBe(reason);
    holding.letGo();
    await expect(first).resolves.toMatchObject({ id: key });
    await expect(readdir(join(test.stateFolder, 'locks'))).resolves.toEqual([]);
  });

  it('does not wait for a process that is dead', async () => {
    await using test = await opened();
    const session = { ...openSession(), proof: await deadProof() };
    const hung = test.another({ session, images: slowKnowledge({ before: () => new Promise(() => undefined) }) });
    void hung.images.ensure(image);
    await expect.poll(() => readdir(join(test.stateFolder, 'locks')).catch(() => [])).toHaveLength(1);
    await expect(test.manager.images.ensure(image)).resolves.toMatchObject({ id: key });
  });

  it('is converted without a lock where the state folder cannot be written (H27)', async () => {
    await using test = await opened();
    await writeFile(join(test.stateFolder, 'locks'), 'no folder');
    await expect(test.manager.images.ensure(image)).resolves.toMatchObject({ id: key });
  });
});

describe('an engine that loses a layer while it loads', () => {
  const lost = new FairleadError({ code: 'CONFLICT', message: 'layer not known' });

  it('is given the image again', async () => {
    const noted: string[] = [];
    let losses = 2;
    await using test = await testManager({
      managerOptions: { images: slowKnowledge({ noted }) },
      decorate: replace(({ images: own }) => ({
        images: {
          ...own,
          load: async (stream, call) => (losses-- > 0 ? Promise.reject(lost) : own.load?.(stream, call)),
        },
      })),
    });
    await expect(test.manager.images.ensure(image)).resolves.toMatchObject({ id: key });
    expect(noted).toEqual(['stream', 'stream', 'stream', 'disposed']);
  });

  it('is not given it for ever', async () => {
    const noted: string[] = [];
    await using test = await testManager({
      managerOptions: { images: slowKnowledge({ noted }) },
      decorate: replace(({ images: own }) => ({ images: { ...own, load: () => Promise.reject(lost) } })),
    });
    await expect(test.manager.images.ensure(image)).rejects.toBe(lost);
    expect(noted.filter((word) => word === 'stream')).toHaveLength(5);
  });
});

describe('an image of our name', () => {
  it('is somebody else’s without our labels: it is loaded again and the name moves (V8, H31)', async () => {
    await using test = await opened();
    test.engine.images.set(key, { run: () => 1 });
    await expect(test.manager.images.ensure(image)).resolves.toMatchObject({ id: key });
    expect(test.engine.loads).toEqual([key]);
    expect(test.engine.images.get(key)?.config?.labels).toEqual({ made: 'of this' });
  });

  it.each([
    ['sha256:ab', true],
    ['ab', true],
    ['sha256:cd', false],
  ])('of the id %s is trusted, where ids are known: %s', async (id, trusted) => {
    const noted: string[] = [];
    const images = slowKnowledge({ noted, ids: ['sha256:ab', 'sha256:ef'] });
    await using test = await testManager({
      managerOptions: { images },
      decorate: replace(({ images: own }) => ({
        images: { ...own, find: async () => ({ id, labels: { made: 'of this' } }) },
      })),
    });
    await expect(test.manager.images.ensure(image)).resolves.toMatchObject({ id });
    expect(noted.includes('stream')).toBe(!trusted);
  });

  it('is known again by the id that the engine gave it, though the file does not tell that; another one is not', async () => {
    let id = 'sha256:ab';
    const noted: string[] = [];
    const images = slowKnowledge({ noted, ids: ['sha256:cd'] });
    await using test = await testManager({
      managerOptions: { images },
      decorate: replace(({ images: own }) => ({
        images: { ...own, find: async () => ({ id, labels: { made: 'of this' } }) },
      })),
    });
    const streams = async (): Promise<number> => {
      await test.manager.images.ensure(image);
      return noted.filter((word) => word === 'stream').length;
    };
    expect([await streams(), await streams()]).toEqual([1, 1]);
    id = 'sha256:ef';
    expect([await streams(), await streams()]).toEqual([2, 2]);
    await rm(join(test.stateFolder, 'images'), { recursive: true });
    expect([await streams(), await streams()]).toEqual([3, 3]);
  });

  it('that the engine has without its labels after the load is not run', async () => {
    await using test = await testManager({
      managerOptions: { images: slowKnowledge() },
      decorate: replace(({ images: own }) => ({ images: { ...own, find: async () => ({ id: 'x', labels: {} }) } })),
    });
    await expect(test.manager.images.ensure(image)).rejects.toMatchObject({ code: 'ENGINE_FAILURE' });
  });
});

describe('what a converter remembers', () => {
  it('is there for the next process, and lost without harm', async () => {
    await using test = await opened();
    const remembered: unknown[] = [];
    const images = slowKnowledge({
      opening: async (records) => {
        remembered.push(await records?.read('x'));
        await records?.write('x', { n: remembered.length });
      },
    });
    await test.another({ images }).images.ensure(image);
    await test.another({ images }).images.ensure(image);
    await writeFile(join(test.stateFolder, 'images/x.json'), '{"n":');
    await test.another({ images }).images.ensure(image);
    expect(remembered).toEqual([undefined, { n: 1 }, undefined]);
  });

  it('is not kept where it cannot be written', async () => {
    await using test = await opened();
    await writeFile(join(test.stateFolder, 'images'), 'no folder');
    const images = slowKnowledge({ opening: async (records) => records?.write('x', {}) });
    await expect(test.another({ images }).images.ensure(image)).resolves.toMatchObject({ id: key });
  });

  it('is never more than some hundred records: the oldest go', async () => {
    await using test = await opened();
    await mkdir(join(test.stateFolder, 'images'));
    const names = Array.from({ length: 256 }, (_, index) => `old-${index}`);
    await Promise.all(names.map((name) => writeFile(join(test.stateFolder, `images/${name}.json`), '{}')));
    const images = slowKnowledge({ opening: async (records) => records?.write('new', {}) });
    await test.another({ images }).images.ensure(image);
    const left = await readdir(join(test.stateFolder, 'images'));
    expect(left).toHaveLength(128);
    expect(left).toContain('new.json');
  });
});
