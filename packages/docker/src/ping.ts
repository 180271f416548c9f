import { once } from 'node:events';
import { IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { describeEndpoint, dialOf, type Endpoint } from './endpoint.ts';
import { parseIdentity, type EngineIdentity } from './engine-record.ts';
import { DialFailure, failure, translateConnection } from './errors.ts';

/**
 * Asks who answers at an endpoint, without loading dockerode: discovery does this at every socket it finds.
 * @throws FairleadError `UNAVAILABLE`, `ACCESS_DENIED`, `INVALID_SPEC`, `CONNECTION_LOST`
 */
export async function pingEngine(endpoint: Endpoint, signal: AbortSignal): Promise<EngineIdentity> {
  let stream: Duplex | undefined;
  try {
    stream = await dialOf(endpoint)(signal).catch((error: unknown) => {
      throw new DialFailure(error);
    });
    return await exchange(stream, endpoint, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw await translateConnection(error, endpoint, 'connect');
  } finally {
    stream?.destroy();
  }
}

async function exchange(stream: Duplex, endpoint: Endpoint, signal: AbortSignal): Promise<EngineIdentity> {
  const asked = request({ createConnection: () => stream, path: '/_ping', host: 'engine', signal });
  const [reply]: unknown[] = await once(asked.end(), 'response', { signal });
  if (!(reply instanceof IncomingMessage) || reply.statusCode !== 200) throw noEngine(endpoint);
  const { headers } = reply;
  reply.resume();
  return parseIdentity((name) => headers[name.toLowerCase()]?.toString());
}

function noEngine(endpoint: Endpoint): Error {
  return failure({
    code: 'UNAVAILABLE',
    operation: 'connect',
    message: `what answers at ${describeEndpoint(endpoint)} is no Docker Engine`,
    hint: 'Give the endpoint at which the engine serves its API.',
  });
}
