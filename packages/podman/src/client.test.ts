import assert from 'node:assert/strict';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { FairleadError } from '@fairlead/core';
import { describe, it } from 'vitest';
import { call, fakeLibpod } from './__fixtures__/fake-libpod.ts';
import { createClient, type LibpodRequest } from './client.ts';

function get(path: readonly string[], fields: Partial<LibpodRequest> = {}): LibpodRequest {
  return { operation: 'inspect', method: 'GET', path, ...call(), ...fields };
}

describe('a client of libpod', () => {
  it("encodes parts of a path and repeats a query's name for each of its values", async () => {
    await using service = await fakeLibpod(() => ({ json: 1 }));
    const query = { a: ['1', 'x&y'], b: 'ü +', c: undefined };
    await service.client.json(get(['images', '127.0.0.1:5000/x/y:1', 'json'], { query }));
    const [seen] = service.seen;
    assert.equal(seen?.path, '/images/127.0.0.1:5000/x/y:1/json');
    assert.deepEqual([seen.query.getAll('a'), seen.query.get('b')], [['1', 'x&y'], 'ü +']);
  });

  it('asks for the version once, and again after the connection broke', async () => {
    let pings = 0;
    await using service = await fakeLibpod((request) =>
      request.path === '/break' ? (response) => response.destroy() : { json: (pings += 1) },
    );
    await service.client.json(get(['a']));
    await assert.rejects(service.client.json(get(['break'])), { code: 'CONNECTION_LOST', retryable: 'yes' });
    assert.equal(await service.client.json(get(['a'])), 2);
  });

  it('tells a body that breaks off as a lost connection, not as an end (L24)', async () => {
    await using service = await fakeLibpod(() => (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('part', () => response.destroy());
    });
    await assert.rejects(service.client.json(get(['a'])), { code: 'CONNECTION_LOST' });
  });

  it('reads no answer without end into memory', async () => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    await using service = await fakeLibpod(() => (response) => {
      const send = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', send);
      send();
    });
    await assert.rejects(service.client.json(get(['a'])), {
      code: 'ENGINE_FAILURE',
      message: /more than 67108864 bytes/,
    });
  });

  it('takes 304 for success: the container is in that state already', async () => {
    await using service = await fakeLibpod(() => ({ status: 304 }));
    assert.equal(await service.client.json(get(['a'])), undefined);
  });

  it('translates a refusal before its body is read as a stream (C24)', async () => {
    await using service = await fakeLibpod(() => ({ status: 500, json: { cause: 'no such container', message: 'm' } }));
    await assert.rejects(service.client.stream(get(['a'])), { code: 'CONTAINER_NOT_FOUND' });
  });

  it("rejects with the signal's reason, before and during an answer", async () => {
    await using service = await fakeLibpod(() => (response) => void response.writeHead(200).write('x'));
    const reason = new Error('mine');
    await assert.rejects(service.client.json(get(['a'], { signal: AbortSignal.abort(reason) })), reason);
    const controller = new AbortController();
    const answer = service.client.json(get(['a'], { signal: controller.signal }));
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(answer, reason);
  });

  it('closes the connection of a stream that is left', async () => {
    const closed = Promise.withResolvers<void>();
    await using service = await fakeLibpod(() => (response) => {
      response.on('close', closed.resolve);
      response.writeHead(200).write('x');
    });
    for await (const _ of await service.client.stream(get(['a']))) break;
    await closed.promise;
    assert.equal(service.seen.length, 1);
  });

  it("tells what a caller's upload threw, not that the connection broke", async () => {
    await using service = await fakeLibpod(() => ({}));
    async function* tar(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw new FairleadError({ code: 'CORRUPT_IMAGE', message: 'bad layer' });
    }
    await assert.rejects(service.client.json(get(['a'], { method: 'POST', tar: tar() })), { code: 'CORRUPT_IMAGE' });
  });

  it('names a socket that is not there, and the command that makes it (B10, L26)', async () => {
    const path = join(tmpdir(), 'no-such-folder', 'p.sock');
    const client = createClient(path);
    await assert.rejects(client.json(get(['a'])), (error) => {
      assert.ok(FairleadError.is(error, 'UNAVAILABLE'));
      assert.match(error.message, /no socket at .*p\.sock[^]*podman system service/);
      return true;
    });
    await client.close();
  });
});
