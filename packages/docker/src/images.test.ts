import type { Progress } from '@fairlead/core';
import { emptyImage } from '@fairlead/core/backend';
import { describe, expect, it } from 'vitest';
import { fakeEngine, never, type Answer, type SeenRequest } from './__fixtures__/fake-engine.ts';
import { engineImages, ensureEmptyImage, splitName } from './images.ts';

const name = 'docker.io/library/busybox:1.36';
const absent: Answer = { status: 404, json: { message: `No such image: ${name}` } };

function image(parts: object = {}): Answer {
  const RepoDigests = ['busybox@sha256:aa', 'busybox@sha256:bb'];
  return { json: { Id: 'sha256:1', RepoTags: [name], RepoDigests, Architecture: 'amd64', Os: 'linux', ...parts } };
}

/** An engine that has the image once it was pulled, or from the beginning. */
function engineWith(pull: Answer | undefined, found: Answer = image()): (request: SeenRequest) => Answer | undefined {
  let there = pull === undefined;
  return ({ route }) => {
    if (route === 'GET /version') return { json: { Version: '28', Arch: 'amd64' } };
    if (route.startsWith('GET /images/')) return there ? found : absent;
    if (route !== 'POST /images/create') return undefined;
    there = true;
    return pull;
  };
}

function call(told: Progress[] = []): { signal: AbortSignal; onProgress: (progress: Progress) => void } {
  return { ...never(), onProgress: (progress) => void told.push(progress) };
}

describe('ensure', () => {
  it('asks the engine first and pulls nothing that is there', async () => {
    await using engine = await fakeEngine(engineWith(undefined));
    const ensured = await engineImages(engine.client).ensure({ format: 'registry', name }, call());
    expect(ensured).toEqual({ id: 'sha256:1', name, digest: 'sha256:aa' });
    expect(engine.routes).not.toContain('POST /images/create');
  });

  it('gives the digest that was asked for', async () => {
    await using engine = await fakeEngine(engineWith(undefined));
    const ensured = await engineImages(engine.client).ensure({ format: 'registry', name: 'busybox@sha256:bb' }, call());
    expect(ensured.digest).toBe('sha256:bb');
  });

  it('pulls what is missing, exactly this tag, without credentials, and tells how far it is (C131)', async () => {
    const lines = ['{"status":"Downloading","id":"l","progressDetail":{"current":1,"total":2}}', '{"status":"Done"}'];
    await using engine = await fakeEngine(engineWith({ bytes: lines.join('\r\n') }));
    const told: Progress[] = [];
    await engineImages(engine.client).ensure({ format: 'registry', name }, call(told));
    const pull = engine.seen.find(({ route }) => route === 'POST /images/create');
    expect(Object.fromEntries(pull?.query ?? [])).toEqual({ fromImage: 'docker.io/library/busybox', tag: '1.36' });
    expect(pull?.headers['x-registry-auth']).toBe('e30=');
    expect(told[0]).toEqual({ phase: 'pulling', message: 'l Downloading', bytes: 1, totalBytes: 2 });
  });

  it('finds a failure in the middle of an answer that began with success, and reads to its end (C126, H22)', async () => {
    const lines =
      '{"status":"Pulling"}\n{"errorDetail":{"message":"unauthorized"},"error":"unauthorized"}\n{"status":"later"}\n';
    await using engine = await fakeEngine(engineWith({ bytes: lines }));
    const told: Progress[] = [];
    const ensured = engineImages(engine.client).ensure({ format: 'registry', name }, call(told));
    await expect(ensured).rejects.toMatchObject({ code: 'ACCESS_DENIED', message: expect.stringContaining(name) });
    expect(told.map(({ message }) => message)).toEqual(['Pulling', 'later']);
  });

  it('rejects with IMAGE_NOT_FOUND and the name of what nobody has', async () => {
    await using engine = await fakeEngine(engineWith({ status: 404, json: { message: 'manifest unknown' } }));
    const ensured = engineImages(engine.client).ensure({ format: 'registry', name }, call());
    await expect(ensured).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', message: expect.stringContaining(name) });
  });

  it('does not believe a pull whose image is not there afterwards', async () => {
    await using engine = await fakeEngine(engineWith({ bytes: '{"status":"Done"}' }, absent));
    const ensured = engineImages(engine.client).ensure({ format: 'registry', name }, call());
    await expect(ensured).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  });

  it.each([{ Architecture: 'arm64' }, { Os: 'windows' }])(
    'refuses an image of another platform: %j (C121, C129)',
    async (parts) => {
      await using engine = await fakeEngine(engineWith(undefined, image(parts)));
      const ensured = engineImages(engine.client).ensure({ format: 'registry', name }, call());
      await expect(ensured).rejects.toMatchObject({ code: 'PLATFORM_MISMATCH' });
    },
  );

  it.each([
    { Architecture: '', Os: '' },
    { Architecture: '386', Os: 'linux' },
  ])('takes an image that tells no platform, or one that the host runs as well: %j', async (parts) => {
    await using engine = await fakeEngine(engineWith(undefined, image(parts)));
    const ensured = engineImages(engine.client).ensure({ format: 'registry', name }, call());
    await expect(ensured).resolves.toMatchObject({ id: 'sha256:1' });
  });

  it('rejects with the reason when it is cancelled while it pulls', async () => {
    await using engine = await fakeEngine(
      engineWith((response) => void response.writeHead(200).write('{"status":"Pulling"}\n')),
    );
    const reason = new Error('enough');
    const cancelled = new AbortController();
    const onProgress = (): void => cancelled.abort(reason);
    const ensured = engineImages(engine.client).ensure(
      { format: 'registry', name },
      { signal: cancelled.signal, onProgress },
    );
    await expect(ensured).rejects.toBe(reason);
  });

  it('takes registry images only', async () => {
    await using engine = await fakeEngine(() => undefined);
    const ensured = engineImages(engine.client).ensure({ format: 'sif', path: '/x.sif' }, call());
    await expect(ensured).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('find', () => {
  it('finds an image by exactly this name', async () => {
    await using engine = await fakeEngine(engineWith(undefined));
    const images = engineImages(engine.client);
    expect(await images.find?.(name, never())).toEqual({ id: 'sha256:1', name, labels: {} });
    expect(await images.find?.('busybox', never())).toBeUndefined();
  });

  it('tells its labels (V8)', async () => {
    const Config = { Labels: { 'io.fairlead.source-digest': 'sha256:ab' } };
    await using engine = await fakeEngine(engineWith(undefined, image({ Config })));
    expect(await engineImages(engine.client).find?.(name, never())).toMatchObject({ labels: Config.Labels });
  });

  it('finds nothing where nothing is', async () => {
    await using engine = await fakeEngine(() => absent);
    expect(await engineImages(engine.client).find?.(name, never())).toBeUndefined();
  });
});

describe('remove', () => {
  const answering = (answer: Answer): ((request: SeenRequest) => Answer | undefined) => {
    return ({ route }) => (route.startsWith('DELETE') ? answer : image());
  };

  it('removes the image of exactly this name, not by force (H31)', async () => {
    await using engine = await fakeEngine(answering({ json: [] }));
    await engineImages(engine.client).remove?.('busybox', never());
    expect(engine.routes.filter((route) => route.startsWith('DELETE'))).toEqual([]);
    await engineImages(engine.client).remove?.(name, never());
    expect(engine.routes.at(-1)).toBe(`DELETE /images/${name}`);
    expect(engine.seen.at(-1)?.query.toString()).toBe('');
  });

  it('is content with one that is gone, and tells one that is used', async () => {
    await using gone = await fakeEngine(answering(absent));
    await engineImages(gone.client).remove?.(name, never());
    const message = `conflict: unable to remove repository reference "${name}" (must force) - container 1 is using its referenced image 2`;
    await using used = await fakeEngine(answering({ status: 409, json: { message } }));
    await expect(engineImages(used.client).remove?.(name, never())).rejects.toMatchObject({ code: 'IN_USE' });
  });
});

describe('load', () => {
  async function* tar(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a tar');
  }

  it('sends the archive as it comes', async () => {
    await using engine = await fakeEngine(() => ({ bytes: '{"stream":"Loaded image: x:1\\n"}\n' }));
    await engineImages(engine.client).load?.(tar(), never());
    expect(engine.seen[0]).toMatchObject({ route: 'POST /images/load', body: Buffer.from('a tar') });
  });

  it('finds a failure in a successful answer (C136)', async () => {
    await using engine = await fakeEngine(() => ({
      bytes: '{"errorDetail":{"message":"invalid tar header"},"error":"invalid tar header"}',
    }));
    await expect(engineImages(engine.client).load?.(tar(), never())).rejects.toMatchObject({ code: 'CORRUPT_IMAGE' });
  });

  it('rejects with what the archive’s own stream fails with', async () => {
    await using engine = await fakeEngine(() => ({}));
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a');
      throw new Error('cut off');
    };
    await expect(engineImages(engine.client).load?.(broken(), never())).rejects.toThrow('cut off');
  });

  it('ends at once when it is cancelled, and reads no more of the archive', async () => {
    const cancelled = new AbortController();
    const reason = new Error('enough');
    let left = false;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.alloc(1024);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        left = true;
      }
    };
    await using engine = await fakeEngine(() => ({}));
    setTimeout(() => cancelled.abort(reason), 50);
    await expect(engineImages(engine.client).load?.(endless(), cancelled)).rejects.toBe(reason);
    await expect.poll(() => left).toBe(true);
  });
});

describe('ensureEmptyImage', () => {
  it('loads the image without files for the engine’s architecture, and only once (L39)', async () => {
    const { name: empty } = emptyImage('arm64');
    let loaded = 0;
    await using engine = await fakeEngine(({ route }) => {
      if (route === 'GET /version') return { json: { Version: '28', Arch: 'arm64' } };
      if (route === `GET /images/${empty}/json`) return loaded > 0 ? image({ Id: 'sha256:e' }) : absent;
      loaded += 1;
      return { bytes: '{"stream":"Loaded"}' };
    });
    expect(await ensureEmptyImage(engine.client, never())).toBe('sha256:e');
    expect(await ensureEmptyImage(engine.client, never())).toBe('sha256:e');
    expect(loaded).toBe(1);
  });
});

describe('splitName', () => {
  it.each([
    ['docker.io/library/busybox:1.36', 'docker.io/library/busybox', '1.36'],
    ['localhost:5000/a/b', 'localhost:5000/a/b', 'latest'],
    ['localhost:5000/a/b:x', 'localhost:5000/a/b', 'x'],
    ['a/b@sha256:12', 'a/b', 'sha256:12'],
    ['a/b:tag@sha256:12', 'a/b', 'sha256:12'],
  ])('%s: never without a version, which would pull every tag', (whole, repository, version) => {
    expect(splitName(whole)).toEqual({ repository, version });
  });
});
