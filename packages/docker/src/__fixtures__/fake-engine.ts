import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineClient } from '../client.ts';

/** One request that the fake engine got. */
export interface SeenRequest {
  readonly method: string;
  /** `METHOD /path`, decoded, without the version of the API. */
  readonly route: string;
  readonly version: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** What the fake engine answers: a body with a status, or full control of the answer. */
export type Answer =
  | {
      readonly status?: number;
      readonly json?: unknown;
      readonly bytes?: Uint8Array | string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | ((response: ServerResponse, request: SeenRequest) => void | Promise<void>);


/** A service with Docker's API that answers what a test says. */
export interface FakeEngine extends AsyncDisposable {
  readonly socketPath: string;
  readonly client: EngineClient;
  readonly seen: readonly SeenRequest[];
  /** The routes that were asked for, in order, without pings. */
  readonly routes: readonly string[];
}

/** How a fake engine calls itself. */
export interface FakeOptions {
  readonly apiVersion?: string;
  readonly podman?: string;
}

/** Starts one; a request for which `answer` gives nothing is answered with 404. */
export async function fakeEngine(
  answer: (request: SeenRequest) => Answer | undefined,
  { apiVersion = '1.51', podman }: FakeOptions = {},
): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const socketPath = join(folder, 'engine.sock');
  const seen: SeenRequest[] = [];
  const identity = { 'Api-Version': apiVersion, ...(podman === undefined ? {} : { 'Libpod-Api-Version': podman }) };
  const server = createServer((incoming, response) => {
    const serve = async (): Promise<void> => {
      const request = await readRequest(incoming);
      if (request.route === 'GET /_ping') return reply(response, request, { headers: identity, bytes: 'OK' });
      seen.push(request);
      return reply(response, request, answer(request) ?? { status: 404, json: { message: 'No such container: x' } });
    };
    serve().catch((error: unknown) => {
      // A request that is cut off in the middle is what some tests are about.
      if (!incoming.destroyed) response.destroy(error instanceof Error ? error : undefined);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(socketPath, resolve);
  await promise;
  const client = new EngineClient({ kind: 'unix', path: socketPath });
  return {
    socketPath,
    client,
    seen,
    get routes() {
      return seen.map(({ route }) => route);
    },
    async [Symbol.asyncDispose]() {
      client.close();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  const url = new URL(incoming.url ?? '/', 'http://engine');
  const [, version = '', path = ''] = /^(?:\/v([\d.]+))?(\/.*)$/.exec(url.pathname) ?? [];
  const method = incoming.method ?? '';
  return {
    method,
    route: `${method} ${decodeURIComponent(path)}`,
    version,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(parts),
  };
}

async function reply(response: ServerResponse, request: SeenRequest, answer: Answer): Promise<void> {
  if (typeof answer === 'function') {
    await answer(response, request);
    return;
  }
  const { status = 200, json, bytes, headers = {} } = answer;
  response.writeHead(status, headers);
  response.end(json === undefined ? bytes : JSON.stringify(json));
}

/** One frame of a log or an exec's output. */
export function frame(stream: 'stdout' | 'stderr', data: string | Uint8Array): Buffer {
  const body = Buffer.from(data);
  const header = Buffer.alloc(8);
  header[0] = stream === 'stdout' ? 1 : 2;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

/** A call that nobody cancels. */
export function never(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}
