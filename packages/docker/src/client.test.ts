import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeEngine, never } from './__fixtures__/fake-engine.ts';
import { EngineClient, type EngineRequest } from './client.ts';

function get(...path: readonly string[]): EngineRequest {
  return { operation: 'test', method: 'GET', path, ...never() };
}

describe('EngineClient', () => {
  it('speaks the version that both sides know (C1)', async () => {
    await using engine = await fakeEngine(() => ({ json: {} }), { apiVersion: '1.41' });
    await engine.client.json(get('info'));
    expect(engine.seen[0]?.version).toBe('1.41');
  });

  it('encodes each part of a path and the query', async () => {
    await using engine = await fakeEngine(() => ({ json: {} }));
    const query = { filters: '{"a":["b c&d=é"]}', unset: undefined };
    await engine.client.json({ ...get('images', 'host:5000/a/b@sha256:1', 'json'), query });
    expect(engine.seen[0]).toMatchObject({ route: 'GET /images/host:5000/a/b@sha256:1/json' });
    expect([...(engine.seen[0]?.query ?? [])]).toEqual([['filters', '{"a":["b c&d=é"]}']]);
  });

  it('sends JSON by a POST, and no body where there is nothing to say', async () => {
    await using engine = await fakeEngine(() => ({ status: 204 }));
    await engine.client.json({ ...get('a'), method: 'POST', body: { Cmd: ['é'] } });
    await engine.client.json({ ...get('b'), method: 'POST', query: { t: '1' } });
    expect(engine.seen[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(String(engine.seen[0]?.body))).toEqual({ Cmd: ['é'] });
    expect(engine.seen[1]?.body).toHaveLength(0);
    expect(engine.seen[1]?.query.get('t')).toBe('1');
  });

  it('sends a tar from memory and from a stream', async () => {
    await using engine = await fakeEngine(() => ({ json: {} }));
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one');
      yield Buffer.from('two');
    };
    await engine.client.json({ ...get('a'), method: 'PUT', tar: Buffer.from('bytes') });
    await engine.client.json({ ...get('b'), method: 'POST', tar: pieces() });
    expect(engine.seen.map(({ body }) => String(body))).toEqual(['bytes', 'onetwo']);
    expect(engine.seen.map(({ headers }) => headers['content-type'])).toEqual([
      'application/x-tar',
      'application/x-tar',
    ]);
  });

  it('rejects with what the stream to upload fails with, not with a broken connection', async () => {
    await using engine = await fakeEngine(() => ({ json: {} }));
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one');
      throw new Error('the file is cut off');
    };
    await expect(engine.client.json({ ...get('a'), method: 'POST', tar: failing() })).rejects.toThrow(
      'the file is cut off',
    );
  });

  it('translates a refusal, and lets a caller translate it otherwise', async () => {
    await using engine = await fakeEngine(() => ({ status: 409, json: { message: 'busy' } }));
    await expect(engine.client.json(get('a'))).rejects.toMatchObject({ code: 'CONFLICT', operation: 'test' });
    await expect(engine.client.stream(get('a'))).rejects.toMatchObject({ code: 'CONFLICT' });
    const translate = ({ status, message }: { status: number; message: string }): Error =>
      new Error(`${status} ${message}`);
    await expect(engine.client.json({ ...get('a'), translate })).rejects.toThrow('409 busy');
  });

  it.each([204, 304])('takes an empty answer with status %i for success', async (status) => {
    await using engine = await fakeEngine(() => ({ status }));
    expect(await engine.client.json(get('a'))).toBeUndefined();
  });

  it('refuses an answer that is no JSON', async () => {
    await using engine = await fakeEngine(() => ({ bytes: 'OK' }));
    await expect(engine.client.json(get('a'))).rejects.toMatchObject({ code: 'ENGINE_FAILURE' });
  });

  it.each(['json', 'ask'] as const)(
    'settles when the engine dies in the middle of an answer: %s (L24)',
    async (method) => {
      await using engine = await fakeEngine(() => (response) => {
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('{"half":');
        setTimeout(() => response.destroy(), 20);
      });
      await expect(engine.client[method](get('wait'))).rejects.toMatchObject({
        code: 'CONNECTION_LOST',
        retryable: 'yes',
      });
    },
  );

  it('settles when the engine dies before an answer', async () => {
    await using engine = await fakeEngine(() => (response) => void response.destroy());
    await expect(engine.client.json(get('wait'))).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('rejects with the reason when it is cancelled: before, while waiting, and in the middle of a body', async () => {
    await using engine = await fakeEngine(({ route }) => (response) => {
      if (route === 'GET /body') response.writeHead(200).write('begun');
    });
    const reason = new Error('enough');
    await expect(engine.client.json({ ...get('a'), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const waiting = new AbortController();
    const asked = engine.client.json({ ...get('a'), signal: waiting.signal });
    setTimeout(() => waiting.abort(reason), 30);
    await expect(asked).rejects.toBe(reason);
    const reading = new AbortController();
    const body = await engine.client.stream({ ...get('body'), signal: reading.signal });
    await expect(
      (async () => {
        for await (const bytes of body) if (bytes.length > 0) reading.abort(reason);
      })(),
    ).rejects.toBe(reason);
  });

  it('closes the connection of a stream that is left', async () => {
    const closed = Promise.withResolvers<void>();
    await using engine = await fakeEngine(() => (response) => {
      response.once('close', () => closed.resolve());
      response.writeHead(200).write('begun');
    });
    for await (const bytes of await engine.client.stream(get('a'))) if (bytes.length > 0) break;
    await closed.promise;
    expect(engine.routes).toEqual(['GET /a']);
  });

  it('breaks what is under way when it is closed', async () => {
    await using engine = await fakeEngine(() => () => undefined);
    const asked = engine.client.json(get('a'));
    setTimeout(() => engine.client.close(), 30);
    await expect(asked).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('asks for the version again after the engine was away', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'engine-'));
    const client = new EngineClient({ kind: 'unix', path: join(folder, 'engine.sock') });
    await expect(client.json(get('a'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(client.json(get('a'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await rm(folder, { recursive: true });
  });

  it('works over tcp', async () => {
    await using engine = await fakeEngine(() => ({ json: { over: 'tcp' } }));
    const { connect } = await import('node:net');
    const proxy = createServer((socket) => {
      const other = connect(engine.socketPath);
      socket.pipe(other).pipe(socket);
      socket.on('error', () => other.destroy());
      other.on('error', () => socket.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = new EngineClient({ kind: 'tcp', host: '127.0.0.1', port });
    expect(await client.json(get('a'))).toEqual({ over: 'tcp' });
    client.close();
    proxy.close();
  });

  it('takes what does not speak HTTP for no engine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'engine-'));
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    server.listen(join(folder, 'engine.sock'));
    await once(server, 'listening');
    const client = new EngineClient({ kind: 'unix', path: join(folder, 'engine.sock') });
    await expect(client.json(get('a'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('HTTP'),
    });
    server.close();
    await rm(folder, { recursive: true });
  });
});
