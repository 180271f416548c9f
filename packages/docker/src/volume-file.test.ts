import { label, openEstate, tarFiles } from '@fairlead/core/backend';
import { describe, expect, it } from 'vitest';
import { fakeEngine, never, type Answer, type FakeEngine } from './__fixtures__/fake-engine.ts';
import { inspection } from './__fixtures__/inspection.ts';
import { readVolumeFile } from './volume-file.ts';

const estate = openEstate({ owner: 'me' });
const link = 2 ** 27;
const folder = 2 ** 31;

interface Node {
  readonly mode: number;
  readonly size?: number;
  readonly linkTarget?: string;
}

/** An engine with a volume of these files by path in the helper container. */
async function engineWith(
  nodes: Readonly<Record<string, Node>>,
  content: Answer = { bytes: tarFiles([{ name: 'f', content: Buffer.from('data') }]) },
): Promise<FakeEngine> {
  return fakeEngine(({ route, method, query }) => {
    if (route === 'GET /version') return { json: { Version: '28', Arch: 'amd64' } };
    if (route.startsWith('GET /images/')) return { json: { Id: 'sha256:e' } };
    if (route === 'POST /containers/create') return { status: 201, json: { Id: 'helper' } };
    if (route === 'DELETE /containers/helper') return { status: 204 };
    if (route === 'GET /containers/helper/archive') return content;
    const node = method === 'HEAD' ? nodes[query.get('path') ?? ''] : undefined;
    if (node === undefined) return { status: 404 };
    const stat = JSON.stringify({ name: 'x', size: 4, mtime: '', linkTarget: '', ...node });
    return { headers: { 'X-Docker-Container-Path-Stat': Buffer.from(stat).toString('base64') } };
  });
}

function read(engine: FakeEngine, path: string, maxBytes = 100): Promise<Uint8Array> {
  return readVolumeFile(engine.client, estate, { volume: 'vol', path, maxBytes, ...never() });
}

describe('readVolumeFile', () => {
  it('reads through a container that never starts, and removes it (L38)', async () => {
    await using engine = await engineWith({ '/v/d': { mode: folder }, '/v/d/f': { mode: 0o644 } });
    expect(Buffer.from(await read(engine, 'd/f')).toString()).toBe('data');
    expect(engine.routes.filter((route) => route.includes('containers'))).toEqual([
      'POST /containers/create',
      'HEAD /containers/helper/archive',
      'HEAD /containers/helper/archive',
      'GET /containers/helper/archive',
      'DELETE /containers/helper',
    ]);
  });

  it('mounts the volume read-only, and marks the container so that reap finds it and lists do not', async () => {
    await using engine = await engineWith({ '/v/f': { mode: 0o644 } });
    await read(engine, 'f');
    const create = engine.seen.find(({ route }) => route === 'POST /containers/create');
    expect(JSON.parse(String(create?.body))).toMatchObject({
      Image: 'sha256:e',
      Labels: { [label.owner]: 'me', [label.session]: estate.session.id, [label.role]: 'helper' },
      HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: 'vol', Target: '/v', ReadOnly: true }] },
    });
  });

  it('follows a link inside the volume, a folder’s too', async () => {
    await using engine = await engineWith({
      '/v/l': { mode: link, linkTarget: '/v/d' },
      '/v/d': { mode: folder },
      '/v/d/f': { mode: link, linkTarget: '/v/g' },
      '/v/g': { mode: 0o600 },
    });
    expect(Buffer.from(await read(engine, 'l/f')).toString()).toBe('data');
    expect(engine.seen.find(({ route }) => route === 'GET /containers/helper/archive')?.query.get('path')).toBe('/v/g');
  });

  it.each([
    ['it does not exist', 'none', {}],
    ['it does not exist', 'f/x', { '/v/f': { mode: 0o644 }, '/v/f/x': { mode: 0o644 } }],
    ['no regular file', 'd', { '/v/d': { mode: folder } }],
    ['no regular file', 'p', { '/v/p': { mode: 2 ** 25 } }],
    [
      'leads out of the volume',
      'l',
      { '/v/l': { mode: link, linkTarget: '/etc/hosts' }, '/etc/hosts': { mode: 0o644 } },
    ],
    ['leads out of the volume', 'l', { '/v/l': { mode: link, linkTarget: '/volume' }, '/volume': { mode: 0o644 } }],
    ['leads out of the volume', 'up/etc/hosts', { '/v/up': { mode: link, linkTarget: '/' } }],
    ['does not exist', 'l', { '/v/l': { mode: link, linkTarget: '/v/gone' } }],
    ['more than 100', 'f', { '/v/f': { mode: 0o644, size: 101 } }],
  ])('rejects because %s: %s; and leaves nothing', async (words, path, nodes: Readonly<Record<string, Node>>) => {
    await using engine = await engineWith(nodes);
    await expect(read(engine, path)).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      message: expect.stringContaining(words),
    });
    expect(engine.routes.at(-1)).toBe('DELETE /containers/helper');
    expect(engine.routes).not.toContain('GET /containers/helper/archive');
  });

  it('does not believe the first look where the file grew meanwhile', async () => {
    const large = { bytes: tarFiles([{ name: 'f', content: Buffer.alloc(101) }]) };
    await using engine = await engineWith({ '/v/f': { mode: 0o644 } }, large);
    await expect(read(engine, 'f')).rejects.toMatchObject({ code: 'INVALID_SPEC' });
  });

  it('removes its container also when the answer to its creation is lost', async () => {
    let made = '';
    await using engine = await fakeEngine(({ route, query }) => {
      if (route === 'GET /version') return { json: { Version: '28', Arch: 'amd64' } };
      if (route.startsWith('GET /images/')) return { json: { Id: 'sha256:e' } };
      if (route === 'POST /containers/create') {
        made = query.get('name') ?? '';
        return (response) => void response.destroy();
      }
      if (route === `GET /containers/${made}/json`) return { json: inspection({ Name: `/${made}` }) };
      return route === `DELETE /containers/${'a'.repeat(64)}` ? { status: 204 } : undefined;
    });
    await expect(read(engine, 'f')).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(engine.routes.at(-1)).toBe(`DELETE /containers/${'a'.repeat(64)}`);
  });

  it('removes its container when it is cancelled', async () => {
    const cancelled = new AbortController();
    const reason = new Error('enough');
    await using engine = await engineWith({ '/v/f': { mode: 0o644 } }, (response) => {
      response.writeHead(200).write(tarFiles([{ name: 'f', content: Buffer.alloc(4) }]).subarray(0, 600));
      cancelled.abort(reason);
    });
    const reading = readVolumeFile(engine.client, estate, {
      volume: 'vol',
      path: 'f',
      maxBytes: 9,
      signal: cancelled.signal,
    });
    await expect(reading).rejects.toBe(reason);
    expect(engine.routes.at(-1)).toBe('DELETE /containers/helper');
  });
});
