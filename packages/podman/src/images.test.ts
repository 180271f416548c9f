import assert from 'node:assert/strict';
import type { Progress } from '@fairlead/core';
import { describe, it } from 'vitest';
import { call, fakeLibpod, type Answer } from './__fixtures__/fake-libpod.ts';
import { createImages } from './images.ts';

const name = 'docker.io/library/busybox:1';
const image = { format: 'registry', name } as const;
const known = { Id: 'ab', Digest: 'sha256:cd', RepoTags: [name], Architecture: 'amd64' };
const unknown = { status: 404, json: { cause: 'image not known', message: 'no' } };

/** A service that has the image, or gets it with a pull whose answer is this text. */
function store(pulled: string, record: object = known, present = false) {
  let has = present;
  return ({ path }: { readonly path: string }): Answer => {
    if (path !== '/images/pull') return has ? { json: record } : unknown;
    has = !pulled.includes('error');
    return { text: pulled };
  };
}

const parts = { architecture: async () => 'amd64' };
const silent = { onProgress: () => undefined };

describe('ensure', () => {
  it('pulls nothing that is there', async () => {
    await using service = await fakeLibpod(store('', known, true));
    const ensured = await createImages(service.client, parts).ensure(image, { ...call(), ...silent });
    assert.deepEqual(ensured, { id: 'sha256:ab', digest: 'sha256:cd' });
    assert.ok(service.seen.every(({ path }) => path !== '/images/pull'));
  });

  it('pulls what is missing, tells how far it is, and looks afterwards (C126)', async () => {
    await using service = await fakeLibpod(store('{"stream":"Copying blob\\n"}\n{"images":["ab"],"id":"ab"}\n'));
    const progress: Progress[] = [];
    const onProgress = (one: Progress): unknown => progress.push(one);
    await createImages(service.client, parts).ensure(image, { ...call(), onProgress });
    const pull = service.seen.find(({ path }) => path === '/images/pull');
    assert.equal(pull?.query.toString(), `reference=${encodeURIComponent(name)}&policy=missing`);
    assert.deepEqual(
      progress.map(({ message }) => message),
      [name, 'Copying blob'],
    );
  });

  it.each([
    ['reading manifest 1 in x: manifest unknown', 'IMAGE_NOT_FOUND'],
    ['unauthorized: authentication required', 'ACCESS_DENIED'],
    ['no image found in manifest list for architecture amd64', 'PLATFORM_MISMATCH'],
    ['dial tcp 127.0.0.1:1: connect: connection refused', 'UNAVAILABLE'],
  ])('finds the failure in an answer of status 200: %s (C126)', async (error, code) => {
    await using service = await fakeLibpod(store(`{"stream":"Trying"}\n${JSON.stringify({ error })}\n`));
    const ensured = createImages(service.client, parts).ensure(image, { ...call(), ...silent });
    await assert.rejects(ensured, { code });
  });

  it('refuses an image for another processor, and takes one that says nothing (C121, C129)', async () => {
    const ensure = async (architecture: string): Promise<unknown> => {
      await using service = await fakeLibpod(store('', { ...known, Architecture: architecture }, true));
      return await createImages(service.client, parts).ensure(image, { ...call(), ...silent });
    };
    await assert.rejects(ensure('arm64'), { code: 'PLATFORM_MISMATCH' });
    await ensure('386');
    await ensure('');
  });

  it('refuses formats that it does not take itself', async () => {
    await using service = await fakeLibpod(() => undefined);
    const file = { format: 'sif', path: '/x.sif' } as const;
    const ensured = createImages(service.client, parts).ensure(file, { ...call(), ...silent });
    await assert.rejects(ensured, { code: 'UNSUPPORTED' });
  });
});

describe('remove', () => {
  it('removes the image of exactly this name, not by force (H31)', async () => {
    await using service = await fakeLibpod(store('', known, true));
    const { remove } = createImages(service.client, parts);
    await remove?.('localhost/busybox:1', call());
    assert.ok(service.seen.every(({ method }) => method !== 'DELETE'));
    await remove?.(name, call());
    const removal = service.seen.at(-1);
    assert.equal(removal?.method, 'DELETE');
    assert.equal(removal?.query.toString(), '');
  });

  it('is content with one that is gone, and tells one that is used', async () => {
    const answering = (answer: Answer) => (request: { readonly method: string; readonly path: string }) =>
      request.method === 'DELETE' ? answer : store('', known, true)(request);
    await using gone = await fakeLibpod(answering(unknown));
    await createImages(gone.client, parts).remove?.(name, call());
    const busy = {
      cause: 'image is in use by a container',
      message: 'image used by 1: image is in use by a container',
    };
    await using used = await fakeLibpod(answering({ status: 409, json: busy }));
    await assert.rejects(createImages(used.client, parts).remove?.(name, call()) ?? Promise.resolve(), {
      code: 'IN_USE',
    });
  });
});

describe('find', () => {
  it('tells the labels (V8)', async () => {
    const Labels = { 'io.fairlead.source-digest': 'sha256:ab' };
    await using service = await fakeLibpod(store('', { ...known, Config: { Labels } }, true));
    assert.deepEqual((await createImages(service.client, parts).find?.(name, call()))?.labels, Labels);
  });

  it('takes an image only under exactly this name (C133)', async () => {
    await using service = await fakeLibpod(store('', known, true));
    const { find } = createImages(service.client, parts);
    assert.equal((await find?.(name, call()))?.id, 'sha256:ab');
    assert.equal(await find?.('localhost/busybox:1', call()), undefined);
  });

  it('finds by digest, and nothing where there is nothing', async () => {
    const byDigest = 'docker.io/library/busybox@sha256:cd';
    await using service = await fakeLibpod(store('', { ...known, RepoTags: null, RepoDigests: [byDigest] }, true));
    assert.equal((await createImages(service.client, parts).find?.(byDigest, call()))?.id, 'sha256:ab');
    await using empty = await fakeLibpod(store(''));
    assert.equal(await createImages(empty.client, parts).find?.(name, call()), undefined);
  });
});

describe('load', () => {
  it('streams the tar, and tells one that is no image (C136)', async () => {
    const json = { cause: 'x', message: 'payload does not match any of the supported image formats:\n * oci' };
    await using service = await fakeLibpod(({ body }) =>
      body === 'good' ? { json: { Names: [name] } } : { status: 500, json },
    );
    const { load } = createImages(service.client, parts);
    const tar = async function* (...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
      for (const piece of pieces) yield Buffer.from(piece);
    };
    await load?.(tar('go', 'od'), call());
    await assert.rejects(load?.(tar('bad'), call()) ?? Promise.resolve(), { code: 'CORRUPT_IMAGE' });
  });
});
