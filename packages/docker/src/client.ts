import type { IncomingMessage } from 'node:http';
import type { Endpoint } from './endpoint.ts';
import { parseArchitecture, parseRefusal, type EngineIdentity } from './engine-record.ts';
import { failure, translateConnection, translateRefusal, type Refused } from './errors.ts';
import { pingEngine } from './ping.ts';
import { createTransport, UploadFailure, type Transport } from './transport.ts';

/** One request to an engine. */
export interface EngineRequest {
  /** Which call of the backend it serves; told in errors. */
  readonly operation: string;
  readonly signal: AbortSignal;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Parts of the path; each is encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  readonly tar?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What a refusal becomes. Default: the general translation. */
  readonly translate?: ((refused: Refused) => unknown) | undefined;
}

/** An answer that has been read, whatever its status. */
export interface EngineAnswer {
  readonly status: number;
  readonly text: string;
  header(name: string): string | undefined;
}

/** Requests to one engine. Connects when first used. */
export class EngineClient {
  readonly endpoint: Endpoint;
  readonly #transport: Transport;
  #identity: EngineIdentity | undefined;
  #architecture: string | undefined;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    this.#transport = createTransport(endpoint);
  }

  /** What answers there, and which version of the API is spoken with it (C1, C2). */
  async identify(signal: AbortSignal): Promise<EngineIdentity> {
    this.#identity ??= await pingEngine(this.endpoint, signal);
    return this.#identity;
  }

  /** GOARCH word of the engine's host. Asked for once: the engine takes tens of milliseconds to tell. */
  async architecture(signal: AbortSignal): Promise<string> {
    const request = { operation: 'version', signal, method: 'GET', path: ['version'] } as const;
    this.#architecture ??= parseArchitecture(await this.json(request));
    return this.#architecture;
  }

  /** An answer of any status. @throws FairleadError `UNAVAILABLE`, `ACCESS_DENIED`, `CONNECTION_LOST` */
  async ask(request: EngineRequest): Promise<EngineAnswer> {
    return this.#read(await this.#send(request), request);
  }

  /** The JSON of a successful answer, undefined for an empty one. @throws FairleadError for a refusal, translated */
  async json(request: EngineRequest): Promise<unknown> {
    const answer = await this.ask(request);
    requireSuccess(request, answer);
    return answer.text === '' ? undefined : parseJson(request, answer.text);
  }

  /** The body of a successful answer as it comes. Leaving it closes the connection. @throws as `json` */
  async stream(request: EngineRequest): Promise<AsyncIterable<Uint8Array>> {
    const reply = await this.#send(request);
    if (!isSuccess(reply.statusCode)) requireSuccess(request, await this.#read(reply, request));
    return this.#body(reply, request);
  }

  close(): void {
    this.#transport.close();
  }

  async #send(request: EngineRequest): Promise<IncomingMessage> {
    const { signal, operation, method, path, query = {}, body = {}, tar, headers = {} } = request;
    signal.throwIfAborted();
    try {
      const { apiVersion } = await this.identify(signal);
      const encoded = `/v${apiVersion}/${path.map(encodeURIComponent).join('/')}`;
      return await this.#transport.send({ signal, method, path: encoded, query: defined(query), body, tar, headers });
    } catch (error) {
      // What comes back after a restart may be another version, on another host.
      this.#identity = undefined;
      this.#architecture = undefined;
      signal.throwIfAborted();
      if (error instanceof UploadFailure) throw error.cause;
      throw await translateConnection(error, this.endpoint, operation);
    }
  }

  async *#body(reply: IncomingMessage, { signal, operation }: EngineRequest): AsyncGenerator<Uint8Array> {
    try {
      yield* reply;
    } catch (error) {
      signal.throwIfAborted();
      throw await translateConnection(error, this.endpoint, operation);
    }
  }

  async #read(reply: IncomingMessage, request: EngineRequest): Promise<EngineAnswer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.#body(reply, request)) parts.push(part);
    return {
      status: reply.statusCode ?? 0,
      text: Buffer.concat(parts).toString('utf8'),
      header: (name) => reply.headers[name.toLowerCase()]?.toString(),
    };
  }
}

function isSuccess(status: number | undefined): boolean {
  // 304: the container is already in the state that was asked for.
  return status !== undefined && ((status >= 200 && status < 300) || status === 304);
}

function requireSuccess({ operation, translate = translateRefusal }: EngineRequest, answer: EngineAnswer): void {
  const { status, text } = answer;
  if (!isSuccess(status)) throw translate({ operation, status, ...parseRefusal(text) });
}

function parseJson({ operation }: EngineRequest, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failure({ code: 'ENGINE_FAILURE', operation, message: "the engine's answer is no JSON", cause });
  }
}

function defined(query: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
