import { toJson, dialUnix, type Dial } from '@fairlead/core/backend';
import type { Dispatcher } from 'undici';
import { parseIdentity, parseRefusal, type EngineIdentity } from './engine-record.ts';
import { failure, translateConnection, translateRefusal, type Refused } from './errors.ts';
import { createTransport, type HttpRequest } from './transport.ts';

/** More than any answer that is read whole; streams are not limited. */
const largestAnswer = 64 * 1024 * 1024;

/** One request to libpod. */
export interface LibpodRequest extends Omit<HttpRequest, 'path'> {
  /** Which call of the backend it serves; told in errors. */
  readonly operation: string;
  /** Parts of the path below `/libpod`; each is encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  /** What a refusal becomes. Default: the general translation. */
  readonly translate?: ((refused: Refused) => Error) | undefined;
}

/** An answer that has been read, whatever its status. */
export interface LibpodAnswer {
  readonly status: number;
  readonly text: string;
  header(name: string): string | undefined;
}

/** Requests to one libpod socket. */
export interface LibpodClient {
  readonly socketPath: string;
  /** An answer of any status. @throws FairleadError `UNAVAILABLE`, `ACCESS_DENIED`, `CONNECTION_LOST` */
  ask(request: LibpodRequest): Promise<LibpodAnswer>;
  /** The JSON of a successful answer, undefined for an empty one. @throws FairleadError for a refusal, translated */
  json(request: LibpodRequest): Promise<unknown>;
  /** The body of a successful answer as it comes. Leaving it closes the connection. */
  stream(request: LibpodRequest): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

/** A client of the service that listens at this socket. Connects when first used. */
export function createClient(socketPath: string, dial: Dial = dialUnix(socketPath)): LibpodClient {
  const { reply, close } = createSender(socketPath, dial);
  return {
    socketPath,
    ask: async (request) => read(await reply(request), request, socketPath),
    async json(request) {
      const answer = await read(await reply(request), request, socketPath);
      // 304: the container is in the state that was asked for.
      if (answer.status >= 300 && answer.status !== 304) throw refuse(request, answer);
      return toJson(answer.text);
    },
    async stream(request) {
      const answer = await reply(request);
      if (answer.statusCode < 300) return body(answer, request, socketPath);
      throw refuse(request, await read(answer, request, socketPath));
    },
    close,
  };
}

interface Sender {
  reply(request: LibpodRequest): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

/** Sends requests in the form that the version there speaks, which it asks once per connection that holds. */
function createSender(socketPath: string, dial: Dial): Sender {
  const transport = createTransport(dial);
  let identity: EngineIdentity | undefined;
  const send = async (request: LibpodRequest, prefix: string): Promise<Dispatcher.ResponseData> => {
    const { signal, operation } = request;
    signal.throwIfAborted();
    try {
      return await transport.send({ ...request, path: `${prefix}${toPath(request)}` });
    } catch (error) {
      identity = undefined; // what comes back after a restart may be another version
      signal.throwIfAborted();
      throw await translateConnection(error, { socketPath, operation });
    }
  };
  const identify = async (signal: AbortSignal): Promise<EngineIdentity> => {
    // Every version prefix is accepted, so the oldest one that is spoken tells the version (C1).
    const request = { operation: 'connect', signal, method: 'GET', path: ['_ping'] } as const;
    return parseIdentity(await read(await send(request, '/v4.0.0/libpod'), request, socketPath));
  };
  return {
    async reply(request) {
      identity ??= await identify(request.signal);
      return send(request, identity.prefix);
    },
    close: () => transport.close(),
  };
}

/** A body whose failures are translated; one that the caller cancelled fails with the signal's reason. */
async function* body(
  reply: Dispatcher.ResponseData,
  { signal, operation }: LibpodRequest,
  socketPath: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* reply.body;
  } catch (error) {
    signal.throwIfAborted();
    throw await translateConnection(error, { socketPath, operation });
  }
}

async function read(reply: Dispatcher.ResponseData, request: LibpodRequest, socketPath: string): Promise<LibpodAnswer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body(reply, request, socketPath)) {
    length += part.length;
    if (length > largestAnswer) throw tooLarge(request.operation);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  const header = (name: string): string | undefined => {
    const value = reply.headers[name.toLowerCase()];
    return typeof value === 'string' ? value : value?.[0];
  };
  return { status: reply.statusCode, text, header };
}

function tooLarge(operation: string): Error {
  const message = `the engine's answer has more than ${largestAnswer} bytes`;
  return failure({ code: 'ENGINE_FAILURE', operation, message });
}

function toPath({ path, query = {} }: LibpodRequest): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of typeof value === 'string' ? [value] : (value ?? [])) search.append(name, item);
  }
  const parts = path.map((part) => `/${encodeURIComponent(part)}`).join('');
  return search.size === 0 ? parts : `${parts}?${search.toString()}`;
}

function refuse({ operation, translate = translateRefusal }: LibpodRequest, answer: LibpodAnswer): Error {
  return translate({ operation, status: answer.status, ...parseRefusal(answer.text) });
}
