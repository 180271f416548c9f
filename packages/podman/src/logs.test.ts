import assert from 'node:assert/strict';
import type { BackendLogRequest } from '@fairlead/core/backend';
import { describe, it } from 'vitest';
import { call, fakeLibpod, frames, idOf, inspected, type Answer, type FakeLibpod } from './__fixtures__/fake-libpod.ts';
import { readLogs } from './logs.ts';

const id = idOf('a');

function ask(fields: Partial<BackendLogRequest> = {}): BackendLogRequest {
  return { follow: false, skip: { stdout: 0, stderr: 0 }, since: undefined, timestamps: false, ...fields };
}

async function textOf({ client }: FakeLibpod, request: BackendLogRequest): Promise<readonly string[]> {
  const pieces: string[] = [];
  for await (const { stream, bytes, time } of readLogs(client, id, request, call())) {
    pieces.push([stream, time, Buffer.from(bytes).toString()].filter(Boolean).join(' '));
  }
  return pieces;
}

const body =
  (bytes: Uint8Array): Answer =>
  (response) =>
    response.writeHead(200).end(bytes);

describe('readLogs', () => {
  it('tells the streams apart', async () => {
    await using service = await fakeLibpod(() => body(frames([1, 'out\n'], [2, 'err\n'])));
    assert.deepEqual(await textOf(service, ask()), ['stdout out\n', 'stderr err\n']);
    assert.equal(service.seen[0]?.query.toString(), 'stdout=true&stderr=true');
  });

  it('asks for times as unix seconds with nine digits, whatever the zone (C47)', async () => {
    await using service = await fakeLibpod(() => body(frames([1, '2026-11-21T08:41:28+01:00 x\n'])));
    const since = new Date('2026-11-21T08:17:20.007+02:00');
    const found = await textOf(service, ask({ since, timestamps: true }));
    assert.deepEqual(found, ['stdout 2026-11-21T08:41:28+01:00 x\n']);
    assert.equal(service.seen[0]?.query.get('since'), `${Math.floor(since.getTime() / 1000)}.007000000`);
    assert.equal(service.seen[0]?.query.get('timestamps'), 'true');
  });

  it('follows by whole reads until the container has ended, with the follow as a bell only (L1, L7)', async () => {
    let reads = 0;
    let ended = false;
    await using service = await fakeLibpod(({ path, query }) => {
      if (path.endsWith('/json')) return { json: inspected(id, { status: ended ? 'stopped' : 'running' }) };
      // The end of this wait is early: only inspect tells the end (C14, L19).
      if (path.endsWith('/wait')) return { json: 0 };
      if (query.get('follow') === 'true')
        return (response) => void setTimeout(() => response.writeHead(200).end(frames([1, 'noise\n'])), 20);
      reads += 1;
      ended = reads === 3;
      return body(frames([1, ['a\n', 'a\nb\n', 'a\nb\n', 'a\nb\nc'][reads - 1] ?? 'a\nb\nc']));
    });
    assert.deepEqual(await textOf(service, ask({ follow: true })), ['stdout a\n', 'stdout b\n', 'stdout c']);
    assert.ok(service.seen.some(({ query }) => query.get('follow') === 'true' && query.get('tail') === '0'));
  });

  it('says that there is no such container', async () => {
    await using service = await fakeLibpod(() => undefined);
    await assert.rejects(textOf(service, ask({ follow: true })), { code: 'CONTAINER_NOT_FOUND' });
  });
});
