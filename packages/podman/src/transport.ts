import { Socket } from 'node:net';
import { Readable, type Duplex } from 'node:stream';
import type { Dial } from '@fairlead/core/backend';
import type { Dispatcher, Pool } from 'undici';
import { DialFailure } from './errors.ts';

/** One HTTP request. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** With prefix and query. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  readonly tar?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** HTTP over connections that are dialled; loads its client and connects when first used. */
export interface Transport {
  send(request: HttpRequest): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

/** A transport over this way to connect. */
export function createTransport(dial: Dial): Transport {
  const closing = new AbortController();
  let pool: Promise<Pool> | undefined;
  return {
    async send(request) {
      closing.signal.throwIfAborted();
      pool ??= openPool(dial, closing.signal);
      return exchange(await pool, request);
    },
    async close() {
      closing.abort(new Error('the manager has been disposed'));
      await (await pool)?.destroy();
    },
  };
}

async function openPool(dial: Dial, signal: AbortSignal): Promise<Pool> {
  const undici = await import('undici');
  const connect = async (done: (...outcome: [null, Socket] | [Error, null]) => void): Promise<void> => {
    const [error, socket] = await dialled(dial, signal);
    if (error === null) done(null, socket);
    else done(error, null);
  };
  return new undici.Pool('http://libpod', {
    connect: (_, done) => void connect(done),
    // Waits, follows and pulls last as long as they last; the caller's signal ends them.
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: 0,
  });
}

async function dialled(dial: Dial, signal: AbortSignal): Promise<[null, Socket] | [Error, null]> {
  try {
    return [null, toSocket(await dial(signal))];
  } catch (error) {
    return [new DialFailure(error), null];
  }
}

/** The HTTP client needs more of a connection than a stream has. */
function toSocket(stream: Duplex): Socket {
  if (stream instanceof Socket) return stream;
  stream.destroy();
  throw new Error('the connection is no socket');
}

async function exchange(pool: Pool, request: HttpRequest): Promise<Dispatcher.ResponseData> {
  const { method, path, signal, body, tar } = request;
  const upload = tar === undefined || tar instanceof Uint8Array ? tar : Readable.from(tar, { objectMode: false });
  const payload = body === undefined ? upload : JSON.stringify(body);
  const type = body === undefined ? 'application/x-tar' : 'application/json';
  const headers = payload === undefined ? {} : { 'content-type': type };
  try {
    return await pool.request({ method, path, signal, headers, body: payload ?? null });
  } catch (error) {
    // What the caller's stream threw is told as it is: the connection broke because of it.
    throw (upload instanceof Readable ? upload.errored : null) ?? error;
  } finally {
    if (upload instanceof Readable) upload.destroy();
  }
}
