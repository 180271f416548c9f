import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialTcp, dialUnix } from './dial.ts';

let folder = '';
let server: Server;
const never = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-dial-'));
  server = createServer((socket) => socket.end('hello'));
});

afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

async function listen(where: { path: string } | { port: number; host: string }): Promise<void> {
  server.listen(where);
  await once(server, 'listening');
}

describe('dialUnix', () => {
  it('gives a connection to the socket', async () => {
    const path = join(folder, 's.sock');
    await listen({ path });
    const stream = await dialUnix(path)(never);
    const [data]: unknown[] = await once(stream, 'data');
    stream.destroy();
    expect(String(data)).toBe('hello');
  });

  it('rejects with the system error of a socket that is not there (L26)', async () => {
    await expect(dialUnix(join(folder, 'none.sock'))(never)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('rejects with the reason of a signal that is aborted before', async () => {
    const reason = new Error('no more');
    await expect(dialUnix(join(folder, 'none.sock'))(AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('rejects with the reason of a signal that is aborted meanwhile', async () => {
    const path = join(folder, 's.sock');
    await listen({ path });
    const reason = new Error('no more');
    const abort = new AbortController();
    const dialled = dialUnix(path)(abort.signal);
    abort.abort(reason);
    await expect(dialled).rejects.toBe(reason);
  });
});

describe('dialTcp', () => {
  it('gives a connection to the port', async () => {
    await listen({ host: '127.0.0.1', port: 0 });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const stream = await dialTcp('127.0.0.1', port)(never);
    const [data]: unknown[] = await once(stream, 'data');
    stream.destroy();
    expect(String(data)).toBe('hello');
  });
});
