import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type LibpodClient } from '../client.ts';

/** One request that the fake service got. */
export interface SeenRequest {
  readonly method: string;
  /** Below `/vN.0.0/libpod`, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** What the fake service answers: a body with a status, or full control of the answer. */
export type Answer =
  | { readonly status?: number; readonly json?: unknown; readonly text?: string; readonly headers?: Readonly<Record<string, string>> }
  | ((response: ServerResponse) => void);

/** A libpod service that answers what a test says. */
export interface FakeLibpod extends AsyncDisposable {
  readonly socketPath: string;
  readonly client: LibpodClient;
  readonly seen: readonly SeenRequest[];
}

/** Starts one; a request for which `answer` gives nothing is answered with 404. */
export async function fakeLibpod(
  answer: (request: SeenRequest) => Answer | undefined,
  version = '5.8.6',
): Promise<FakeLibpod> {
  const folder = await mkdtemp(join(tmpdir(), 'libpod-'));
  const socketPath = join(folder, 'podman.sock');
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    void readRequest(incoming).then((request) => {
      if (request.path === '/_ping') return reply(response, { headers: { 'Libpod-Api-Version': version }, text: 'OK' });
      seen.push(request);
      return reply(response, answer(request) ?? { status: 404, json: { cause: 'no such container', message: 'no' } });
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(socketPath, resolve);
  await promise;
  const client = createClient(socketPath);
  return {
    socketPath,
    client,
    seen,
    async [Symbol.asyncDispose]() {
      await client.close();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  const url = new URL(incoming.url ?? '/', 'http://libpod');
  const path = decodeURIComponent(url.pathname.replace(/^\/v\d\.0\.0\/libpod/, ''));
  return { method: incoming.method ?? '', path, query: url.searchParams, body: Buffer.concat(parts).toString() };
}

function reply(response: ServerResponse, answer: Answer): void {
  if (typeof answer === 'function') return answer(response);
  const { status = 200, json, text = '', headers = {} } = answer;
  response.writeHead(status, headers);
  response.end(json === undefined ? text : JSON.stringify(json));
}

/** A call that nobody cancels. */
export function call(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

/** 64 hex digits. */
export function idOf(digit: string): string {
  return digit.repeat(64);
}

/** What inspect of Podman 5.8 answers for a container that has ended with code 7. */
export function inspected(id: string, fields: { readonly name?: string; readonly status?: string } = {}): object {
  return {
    Id: id,
    Name: fields.name ?? 'one',
    Created: '2026-11-21T08:17:20.18149762Z',
    Image: 'ab'.repeat(32),
    ImageName: 'docker.io/library/busybox:1',
    RestartCount: 0,
    Config: { Labels: { a: 'b' }, User: '' },
    State: {
      Status: fields.status ?? 'exited',
      ExitCode: 7,
      OOMKilled: false,
      Error: '',
      StartedAt: '2026-11-21T08:17:20.28149762Z',
      FinishedAt: '2026-11-21T08:17:20.287448134Z',
    },
    Mounts: [{ Type: 'volume', Name: 'v', Destination: '/data', RW: true }],
  };
}

/** Frames as libpod sends them: stream 1 or 2 and its bytes. */
export function frames(...pieces: readonly (readonly [1 | 2, string])[]): Buffer {
  return Buffer.concat(
    pieces.flatMap(([stream, text]) => {
      const bytes = Buffer.from(text);
      const header = Buffer.alloc(8);
      header[0] = stream;
      header.writeUInt32BE(bytes.length, 4);
      return [header, bytes];
    }),
  );
}
