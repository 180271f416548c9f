import { Agent, IncomingMessage } from 'node:http';
import { Duplex, Readable } from 'node:stream';
import { lazily, type Dial } from '@fairlead/core/backend';
import { dialOf, type Endpoint } from './endpoint.ts';
import { DialFailure, failure } from './errors.ts';

/** What goes over the wire. */
export interface TransportRequest {
  readonly signal: AbortSignal;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Absolute path, encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Sent as JSON by a POST, unless it is empty. */
  readonly body: object;
  readonly tar: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Requests over connections of our own. */
export interface Transport {
  /** The beginning of an answer of any status. Rejects with what broke the connection, or an `UploadFailure`. */
  send(request: TransportRequest): Promise<IncomingMessage>;
  close(): void;
}

/** The stream that was to be sent failed, with this cause; the connection did not. */
export class UploadFailure extends Error {}

/** The part of docker-modem that is used. */
interface Modem {
  dial(options: object, callback: (error: unknown, reply: unknown) => void): void;
}

/**
 * dockerode's transport. Answers are always taken as streams of any status: its own reading of a body never settles
 * when the connection breaks in the middle (L24), and it drops the JSON of a refusal.
 */
export function createTransport(endpoint: Endpoint): Transport {
  const closing = new AbortController();
  const dial = dialOf(endpoint);
  // No pool: with one, dockerode had three quarters of the throughput (C159).
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = (_options, callback) => {
    if (callback !== undefined) void handOver(dial, closing.signal, callback);
    return undefined;
  };
  let modem: Promise<Modem> | undefined;
  return {
    async send(request) {
      modem ??= openModem(agent);
      return exchange(await modem, request);
    },
    close() {
      closing.abort(failure({ code: 'CONNECTION_LOST', operation: 'close', message: 'the manager has been disposed' }));
      agent.destroy();
    },
  };
}

type ConnectionCallback = (error: Error | null, stream: Duplex) => void;

async function handOver(dial: Dial, signal: AbortSignal, callback: ConnectionCallback): Promise<void> {
  let stream: Duplex;
  try {
    stream = await dial(signal);
  } catch (error) {
    // Beside an error the stream is ignored.
    callback(new DialFailure(error), new Duplex());
    return;
  }
  callback(null, stream);
}

async function openModem(agent: Agent): Promise<Modem> {
  // Some 200 files and 150 ms, so not before the first call.
  const { default: Dockerode } = await import('dockerode');
  // The host is never looked up: connections are dialled by the agent. 0: no time limit, whatever the environment says.
  const options = { protocol: 'http', host: 'engine', port: 80, agent, timeout: 0 } as const;
  try {
    return new Dockerode(options).modem;
  } catch (cause) {
    throw failure({
      code: 'INVALID_SPEC',
      operation: 'connect',
      message: 'dockerode cannot be opened in this environment',
      hint: 'It reads DOCKER_HOST and DOCKER_CERT_PATH even where they are not used: correct or unset them.',
      cause,
    });
  }
}

const anyStatus = lazily(() => Object.fromEntries(Array.from({ length: 500 }, (_, index) => [index + 100, true])));

async function exchange(modem: Modem, request: TransportRequest): Promise<IncomingMessage> {
  const { method, path, query, body, tar, headers, signal } = request;
  const upload = tar === undefined || tar instanceof Uint8Array ? undefined : Readable.from(tar, { objectMode: false });
  const options = {
    method,
    // docker-modem adds the query only to a path that ends so.
    path: `${path}?`,
    options: { _query: query, _body: body },
    headers: tar === undefined ? { ...headers } : { 'Content-Type': 'application/x-tar', ...headers },
    isStream: true,
    statusCodes: anyStatus(),
    abortSignal: signal,
    file: tar instanceof Uint8Array ? Buffer.from(tar) : upload,
  };
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    modem.dial(options, (error, reply) => {
      if (reply instanceof IncomingMessage) resolve(reply);
      else reject(error);
    });
  });
  try {
    return await answered;
  } catch (error) {
    const cause = upload?.errored ?? undefined;
    throw cause === undefined ? error : new UploadFailure('the upload failed', { cause });
  } finally {
    upload?.destroy();
  }
}
