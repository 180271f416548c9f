import { Agent, request } from 'undici';

/** The five requests of a unit of work, written by hand on an engine's socket: what a thin library could cost at best. */
export interface RawRequests extends AsyncDisposable {
  unit(): Promise<void>;
}

/** Requests in the form that the socket's owner speaks: told by its answer to a ping, as the library does. */
export async function openRawRequests(socketPath: string, image: string): Promise<RawRequests> {
  const dispatcher = new Agent({ connect: { socketPath } });
  const send = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<string> => {
    const answer = await request(`http://engine${path}`, {
      dispatcher,
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text;
  };
  const ping = await request('http://engine/_ping', { dispatcher });
  await ping.body.dump();
  const unit = 'libpod-api-version' in ping.headers ? () => libpodUnit(send, image) : () => engineUnit(send, image);
  return { unit, [Symbol.asyncDispose]: () => dispatcher.close() };
}

type Send = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => Promise<string>;

async function engineUnit(send: Send, image: string): Promise<void> {
  const id = idOf(
    await send('POST', '/v1.41/containers/create', {
      Image: image,
      Cmd: ['echo', 'hello'],
      HostConfig: { NetworkMode: 'none' },
    }),
  );
  await send('POST', `/v1.41/containers/${id}/start`);
  await send('POST', `/v1.41/containers/${id}/wait`);
  await send('GET', `/v1.41/containers/${id}/logs?stdout=1&stderr=1`);
  await send('DELETE', `/v1.41/containers/${id}?v=1`);
}

async function libpodUnit(send: Send, image: string): Promise<void> {
  const base = '/v5.0.0/libpod/containers';
  const id = idOf(
    await send('POST', `${base}/create`, { image, command: ['echo', 'hello'], netns: { nsmode: 'none' } }),
  );
  await send('POST', `${base}/${id}/start`);
  await send('POST', `${base}/${id}/wait`);
  await send('GET', `${base}/${id}/logs?stdout=true&stderr=true`);
  await send('DELETE', `${base}/${id}?force=true&timeout=0&v=true`);
}

function idOf(text: string): string {
  const answer: unknown = JSON.parse(text);
  if (typeof answer === 'object' && answer !== null && 'Id' in answer && typeof answer.Id === 'string')
    return answer.Id;
  throw new Error('create told no id');
}
